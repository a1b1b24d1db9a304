//! Where clients find a node, and whether it has to answer now.
//!
//! ```text
//! open ──close: a kill is about to come──► closed ──open: it is ready again──► open …
//! ```
//!
//! Always: a node whose door was open from before a request until after it answers that request.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use argosy_sdk::{Client, ClientOptions, SdkError};

use crate::book::Finding;

/// A node that takes longer for an answer has failed to give one.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client of a node that serves.
pub(crate) async fn connect(url: &str) -> Result<Client, SdkError> {
    let options = ClientOptions {
        connect_timeout: PATIENCE / 2,
        request_timeout: PATIENCE,
        wait_timeout: PATIENCE,
        ..ClientOptions::default()
    };
    Client::connect_with(url, options).await
}

/// One node, as clients know it.
#[derive(Debug, Default)]
pub(crate) struct Door(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    client: Option<Client>,
    /// How often it was closed.
    closings: u64,
}

/// A node that was there when it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) client: Client,
    closings: u64,
}

impl Door {
    /// The node serves.
    pub(crate) fn open(&self, client: Client) {
        self.with(|state| state.client = Some(client));
    }

    /// A kill is about to come.
    pub(crate) fn close(&self) {
        self.with(|state| {
            state.client = None;
            state.closings += 1;
        });
    }

    /// The node, if it has to answer.
    pub(crate) fn visit(&self) -> Option<Visit> {
        self.with(|state| {
            let client = state.client.clone()?;
            let closings = state.closings;
            Some(Visit { client, closings })
        })
    }

    /// What it means that the node did not answer.
    pub(crate) fn judge(&self, visit: &Visit, why: String) -> Result<(), Finding> {
        match self.with(|state| state.closings) == visit.closings {
            false => Ok(()),
            true => Err(Finding {
                rule: "a node that nobody killed answers",
                what: why,
            }),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
