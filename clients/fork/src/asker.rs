//! Questions to the origin's node, one at a time, and whether their answers hold.
//!
//! Always: what comes back is checked against the anchor's header, or it is told as unproven, which takes
//! `--trust`; an answer that does not hold is an error that names the node.
//! Not here: who waits for answers (`origin`), what is kept of them (`base`).

mod whole; // all that is kept under an address

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use argosy_primitives::{Address, BlockHash, CodeHash, Height, StateRoot};
use argosy_sdk::api::{At, BlockSelector, RpcError, StateKeyView};
use argosy_sdk::proof::ProvenState;
use argosy_sdk::{Client, SdkError};

use super::anchor::Anchor;
use super::error::OriginError;
use crate::codes::{Codes, Fetched, NoModule};

/// A node that limits its clients is asked so often for one thing, with the pause that it wants.
const RETRIES_MAX: usize = 5;
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// What was read, and whether it is proven.
pub(super) struct Read<T> {
    pub(super) value: T,
    pub(super) is_proven: bool,
}

/// All that is kept under an address: whole keys, rising, with their values.
pub(super) type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// Asks, and checks what it is told.
pub(super) struct Asker {
    client: Client,
    codes: Codes,
    height: Height,
    hash: BlockHash,
    state_root: StateRoot,
    trust: bool,
    /// The origin has said that it cannot prove this state any more.
    is_beyond: AtomicBool,
    requests: Arc<AtomicU64>,
}

impl Asker {
    /// About the state after the anchor's block.
    pub(super) fn new(client: Client, codes: Codes, anchor: &Anchor, trust: bool) -> Asker {
        Asker {
            client,
            codes,
            height: anchor.header.height,
            hash: anchor.hash,
            state_root: anchor.header.state_root,
            trust,
            is_beyond: AtomicBool::new(!anchor.is_proven),
            requests: Arc::default(),
        }
    }

    /// Where it is.
    pub(super) fn url(&self) -> &str {
        self.client.url()
    }

    /// How many questions were asked, as it goes on.
    pub(super) fn requests(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.requests)
    }

    /// What these keys hold, in their order.
    pub(super) async fn values(
        &self,
        keys: &[(Address, StateKeyView)],
    ) -> Result<Read<Vec<Option<Vec<u8>>>>, OriginError> {
        if self.may_prove() {
            match self.patient(|| self.proven(keys)).await {
                Ok(proven) => {
                    if proven.iter().any(|it| it.block != self.hash) {
                        return Err(self.moved());
                    }
                    let value = proven.into_iter().map(|it| it.value).collect();
                    return Ok(Read {
                        value,
                        is_proven: true,
                    });
                }
                Err(error) => self.note_beyond(error)?,
            }
        }
        let mut value = Vec::with_capacity(keys.len());
        for (address, key) in keys {
            let ask = || self.client.state_value(*address, key.clone(), self.at());
            let answer = self.patient(ask).await;
            let answer = answer.map_err(|error| self.not_kept(error))?;
            self.check_block(&answer.at)?;
            if answer.address.address != *address || answer.key != *key {
                return Err(self.not_so("it answers about another key"));
            }
            value.push(answer.value.map(|it| it.0));
        }
        Ok(Read {
            value,
            is_proven: false,
        })
    }

    /// Values that are too large for one answer come in several.
    async fn proven(&self, keys: &[(Address, StateKeyView)]) -> Result<Vec<ProvenState>, SdkError> {
        let (mut parts, mut proven) = (vec![keys], Vec::with_capacity(keys.len()));
        while let Some(part) = parts.pop() {
            // One key costs a node less than a list of one.
            if let [(address, key)] = part {
                let one = self.client.proven_state(*address, key.clone(), self.at());
                proven.push(one.await?);
                continue;
            }
            match self.client.proven_states(part, self.at()).await {
                Err(error) if is_too_large(&error) => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([second, first]);
                }
                some => proven.extend(some?),
            }
        }
        Ok(proven)
    }

    /// A module, as it was uploaded.
    pub(super) async fn code(&self, code: CodeHash) -> Result<Vec<u8>, OriginError> {
        for _ in 0..=RETRIES_MAX {
            self.count();
            let fetched = self.codes.fetch(&code).await;
            match fetched.map_err(|error| self.no_module(&error))? {
                Fetched::Module(bytes) if CodeHash::of(&bytes) == code => return Ok(bytes),
                Fetched::Module(_) => {
                    return Err(self.not_so(&format!("other bytes than those of code {code}")));
                }
                Fetched::Later(wait) => tokio::time::sleep(wait.min(PAUSE_MAX)).await,
            }
        }
        Err(self.no_module(&NoModule::too_much(&code)))
    }

    /// The state that is read names the module, so that it was there.
    fn no_module(&self, error: &NoModule) -> OriginError {
        let url = self.client.url().to_owned();
        if let Some(code) = error.missing() {
            return OriginError::Removed { url, code };
        }
        OriginError::Unanswered {
            url,
            source_text: error.to_string(),
            trouble: error.trouble,
        }
    }

    /// Asks again, a few times, where the node says that it was asked too much.
    async fn patient<T, F>(&self, ask: impl Fn() -> F) -> Result<T, SdkError>
    where
        F: Future<Output = Result<T, SdkError>>,
    {
        for _ in 0..RETRIES_MAX {
            self.count();
            match ask().await {
                Err(error) => match too_much(&error) {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => return Err(error),
                },
                answered => return answered,
            }
        }
        self.count();
        ask().await
    }

    fn at(&self) -> BlockSelector {
        BlockSelector::Height(self.height)
    }

    fn count(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    fn may_prove(&self) -> bool {
        !self.is_beyond.load(Ordering::Relaxed)
    }

    /// A proof that cannot be had: from now on the origin's word is taken, if it may be.
    fn note_beyond(&self, error: SdkError) -> Result<(), OriginError> {
        match OriginError::pruned(&error) {
            Some(oldest) if self.trust => {
                self.is_now_beyond(oldest);
                Ok(())
            }
            Some(_) | None => Err(self.in_window(error)),
        }
    }

    fn is_now_beyond(&self, oldest: Height) {
        if !self.is_beyond.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                target: "fork",
                code = "fork.unproven",
                height = self.height,
                oldest,
                "the origin proves this state no more: what is read from now on is NOT PROVEN"
            );
        }
    }

    fn in_window(&self, error: SdkError) -> OriginError {
        match OriginError::pruned(&error) {
            Some(oldest) => OriginError::Window {
                url: self.client.url().to_owned(),
                height: self.height,
                oldest,
            },
            None => self.failed(error),
        }
    }

    /// As [`Self::in_window`], where the origin's word was asked for.
    fn not_kept(&self, error: SdkError) -> OriginError {
        match OriginError::pruned(&error) {
            Some(oldest) => OriginError::Forgotten {
                url: self.client.url().to_owned(),
                height: self.height,
                oldest,
            },
            None => self.failed(error),
        }
    }

    fn failed(&self, error: SdkError) -> OriginError {
        OriginError::of(self.client.url(), error)
    }

    fn check_block(&self, at: &At) -> Result<(), OriginError> {
        match at.hash.0 == self.hash {
            true => Ok(()),
            false => Err(self.moved()),
        }
    }

    /// A development chain went back, or the node is another one.
    fn moved(&self) -> OriginError {
        self.not_so(&format!(
            "its block {} is not the one that this is a fork of ({}); if it was taken back, fork it again",
            self.height, self.hash
        ))
    }

    fn not_so(&self, what: &str) -> OriginError {
        OriginError::False {
            url: self.client.url().to_owned(),
            what: what.to_owned(),
        }
    }
}

/// How long to wait, if that is what the node wants.
fn too_much(error: &SdkError) -> Option<Duration> {
    match error.rpc() {
        Some(RpcError::RateLimited { retry_after_ms }) => {
            let wanted = Duration::from_millis(u64::from(*retry_after_ms));
            Some(wanted.min(PAUSE_MAX))
        }
        _ => None,
    }
}

/// Whether there would be an answer to fewer keys.
fn is_too_large(error: &SdkError) -> bool {
    matches!(error.rpc(), Some(RpcError::RangeTooLarge { .. }))
}
