//! Settings that a running node takes anew: on SIGHUP its configuration is read again, from the same file,
//! flags and variables.
//!
//! Always: all of it is checked first; where something is wrong, nothing is changed, and the log says what.
//! No connection is lost by it.
//! Not here: which settings these are (`x-reloadable` in `config::raw`).

use argosy_rpc::Shares;
use tokio::sync::watch;

use super::log::{self, LogFilter};
use super::signals::Hangups;
use super::tasks::Stop;
use super::tls::ClientTls;
use crate::config::{Changed, Config, Loaded, Sources};
use crate::failure::{Exit, Failure};

/// Other nodes that the operator names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// For consensus.
    pub(super) peers: Vec<String>,
    /// For transactions.
    pub(super) gossip_peers: Vec<String>,
    pub(super) bootnodes: Vec<String>,
}

impl Named {
    pub(super) fn of(config: &Config) -> Named {
        Named {
            peers: config.agreement.peers.clone(),
            gossip_peers: config.gossip.peers.clone(),
            bootnodes: config.gossip.bootnodes.clone(),
        }
    }
}

/// By which a running node is changed.
pub(super) struct Controls {
    pub(super) filter: LogFilter,
    pub(super) shares: Shares,
    pub(super) named: watch::Sender<Named>,
    /// The certificate for clients, if there is one.
    pub(super) tls: Option<ClientTls>,
}

impl Controls {
    /// Takes what is reloadable, or nothing.
    fn take(&self, config: &Config) -> Result<(), Failure> {
        let refused = |error| Failure::new(Exit::Usage, error);
        log::filter(&config.log.filter)?;
        config.rpc.check().map_err(refused)?;
        // The last that may be wrong: what is below has been looked at.
        if let Some(tls) = &self.tls {
            tls.read_again()?;
        }
        self.shares.set(&config.rpc).map_err(refused)?;
        self.filter.set(&config.log.filter)?;
        let named = Named::of(config);
        self.named
            .send_if_modified(|before| std::mem::replace(before, named.clone()) != named);
        Ok(())
    }
}

/// Reads the configuration again, and again.
pub(super) struct Reload {
    pub(super) hangups: Hangups,
    pub(super) sources: Sources,
    /// What holds.
    pub(super) loaded: Loaded,
    pub(super) controls: Controls,
}

impl Reload {
    /// Until the node stops.
    pub(super) async fn run(mut self, mut stop: Stop) -> Result<(), Failure> {
        loop {
            let sources = self.sources.clone();
            let read = async {
                self.hangups.next().await;
                // A file may be anything, also one that keeps its reader waiting.
                tokio::task::spawn_blocking(move || sources.load()).await
            };
            let read = tokio::select! {
                biased;
                () = stop.asked() => return Ok(()),
                read = read => read.map_err(Failure::other),
            };
            let read = read.and_then(|it| it.map_err(|error| Failure::new(Exit::Usage, error)));
            match read.and_then(|it| self.take(&it)) {
                Ok((changed, settings)) => tell(&changed, &settings),
                Err(failure) => {
                    tracing::error!(
                        target: "node",
                        code = "node.reload_refused",
                        reason = failure.message(),
                        "keeps its settings: those it was to take are wrong"
                    );
                }
            }
        }
    }

    fn take(&mut self, read: &Loaded) -> Result<(Changed, String), Failure> {
        self.controls.take(read.config())?;
        Ok((self.loaded.take(read), read.fingerprint()))
    }
}

fn tell(changed: &Changed, settings: &str) {
    tracing::info!(
        target: "node",
        code = "node.reloaded",
        settings,
        changed = changed.taken.join(","),
        "read its configuration again"
    );
    if !changed.waiting.is_empty() {
        tracing::warn!(
            target: "node",
            code = "node.restart_needed",
            settings = changed.waiting.join(","),
            "these settings have changed, and hold from the next start on"
        );
    }
}
