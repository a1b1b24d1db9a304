//! The origin's node, asked from threads that wait: execution is no future.
//!
//! Always: questions are asked one after the other, by a thread of their own with a runtime of its own;
//! whoever asks waits for a bounded time; what comes back is checked here, against the anchor's header.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argosy_primitives::{
    Address, BlockHash, CodeHash, Height, Limits, StateRoot, decode_untrusted,
};
use argosy_proof::{StateKey, StateProof, verify_whole};
use argosy_sdk::api::{At, BlockSelector, RANGE_ENTRIES_MAX, RpcError, StateKeyView};
use argosy_sdk::proof::{self, ProvenState};
use argosy_sdk::{Client, SdkError};
use tokio::runtime::Runtime;

use super::anchor::Anchor;
use super::error::OriginError;
use crate::download;

/// The longest that one read of the chain waits, whatever it takes of questions.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// As much is read of one address that is iterated over.
const WHOLE_ENTRIES_MAX: usize = 100_000;
const WHOLE_BYTES_MAX: usize = 64 << 20;
/// Longer proofs do not exist.
const PROOF_BYTES_MAX: usize = 256 * 1024;

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

type Job = Box<dyn FnOnce(&Runtime, &Asker) + Send>;

/// The thread that asks.
pub(super) struct Origin {
    jobs: Mutex<Sender<Job>>,
    url: String,
    requests: Arc<AtomicU64>,
}

impl Origin {
    /// Starts the thread; it ends with the last handle.
    pub(super) fn start(asker: Asker) -> std::io::Result<Origin> {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build()?;
        let (jobs, waiting) = channel::<Job>();
        let (url, requests) = (asker.client.url().to_owned(), Arc::clone(&asker.requests));
        let ask = move || {
            for job in waiting {
                job(&runtime, &asker);
            }
        };
        std::thread::Builder::new()
            .name("fork-origin".into())
            .spawn(ask)?;
        Ok(Origin {
            jobs: Mutex::new(jobs),
            url,
            requests,
        })
    }

    /// Questions that were asked.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Where it is.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What these keys of state hold, each `None` if nothing; whole keys, no more than one call takes.
    pub(super) fn values(
        &self,
        keys: Vec<(Address, StateKeyView)>,
    ) -> Result<Read<Vec<Option<Vec<u8>>>>, OriginError> {
        self.ask(move |runtime, asker| runtime.block_on(asker.values(&keys)))
    }

    /// All that is kept under an address.
    pub(super) fn whole(&self, address: Address) -> Result<Read<Entries>, OriginError> {
        self.ask(move |runtime, asker| runtime.block_on(asker.whole(address)))
    }

    /// A module, as it was uploaded.
    pub(super) fn code(&self, code: CodeHash) -> Result<Vec<u8>, OriginError> {
        self.ask(move |runtime, asker| runtime.block_on(asker.code(code)))
    }

    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Runtime, &Asker) -> Result<T, OriginError> + Send + 'static,
    ) -> Result<T, OriginError> {
        let not_asked = |what| OriginError::NotAsked {
            url: self.url.clone(),
            what,
        };
        let (reply, answer) = sync_channel(1);
        // Who has stopped waiting needs no answer.
        let job: Job = Box::new(move |runtime: &Runtime, asker: &Asker| {
            drop(reply.send(question(runtime, asker)));
        });
        let sent = {
            let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.send(job)
        };
        sent.map_err(|_| not_asked("the thread that asks has ended"))?;
        let answered = answer.recv_timeout(WAIT_MAX);
        answered.map_err(|_| not_asked("nothing came within a minute"))?
    }
}

/// Asks, and checks what it is told.
pub(super) struct Asker {
    client: Client,
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
    pub(super) fn new(client: Client, anchor: &Anchor, trust: bool) -> Asker {
        Asker {
            client,
            height: anchor.header.height,
            hash: anchor.hash,
            state_root: anchor.header.state_root,
            trust,
            is_beyond: AtomicBool::new(!anchor.is_proven),
            requests: Arc::default(),
        }
    }

    async fn values(
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
            let answer = answer.map_err(|error| self.in_window(error))?;
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

    /// One key costs a node less than a list of one.
    async fn proven(&self, keys: &[(Address, StateKeyView)]) -> Result<Vec<ProvenState>, SdkError> {
        match keys {
            [(address, key)] => {
                let proven = self.client.proven_state(*address, key.clone(), self.at());
                Ok(vec![proven.await?])
            }
            keys => self.client.proven_states(keys, self.at()).await,
        }
    }

    async fn whole(&self, address: Address) -> Result<Read<Entries>, OriginError> {
        let entries = self.pages(address).await?;
        if self.may_prove() {
            match self.prove_whole(address, &entries).await {
                Ok(()) => {
                    return Ok(Read {
                        value: entries,
                        is_proven: true,
                    });
                }
                Err(error @ OriginError::Window { .. }) if !self.trust => return Err(error),
                Err(OriginError::Window { .. }) => self.is_beyond.store(true, Ordering::Relaxed),
                Err(error) => return Err(error),
            }
        }
        Ok(Read {
            value: entries,
            is_proven: false,
        })
    }

    async fn pages(&self, address: Address) -> Result<Entries, OriginError> {
        let mut entries: Entries = Vec::new();
        let (mut bytes, mut after) = (0_usize, None);
        loop {
            let (limit, at) = (RANGE_ENTRIES_MAX, self.at());
            let behind: Option<StateKeyView> = after;
            let ask = || self.client.state_range(address, behind.clone(), limit, at);
            let page = self.patient(ask).await;
            let page = page.map_err(|error| self.in_window(error))?;
            self.check_block(&page.at)?;
            if page.more && page.entries.is_empty() {
                return Err(self.not_so("it has more, and does not tell it"));
            }
            after = page.entries.last().map(|it| it.key.clone());
            for entry in page.entries {
                let whole = entry.key.as_key().under(&address);
                if entries.last().is_some_and(|(last, _)| *last >= whole) {
                    return Err(self.not_so("keys of a range do not rise"));
                }
                bytes = bytes.saturating_add(whole.len() + entry.value.0.len());
                entries.push((whole, entry.value.0));
            }
            if entries.len() > WHOLE_ENTRIES_MAX || bytes > WHOLE_BYTES_MAX {
                return Err(OriginError::TooMuch {
                    address: self.client.text(address).to_string(),
                    what: format!("{WHOLE_ENTRIES_MAX} entries or {WHOLE_BYTES_MAX} bytes"),
                });
            }
            if !page.more {
                return Ok(entries);
            }
        }
    }

    /// That the entries are all there is.
    async fn prove_whole(
        &self,
        address: Address,
        entries: &[(Vec<u8>, Vec<u8>)],
    ) -> Result<(), OriginError> {
        let (method, key) = ("state_getProof", StateKeyView::Account {});
        let ask = || self.client.state_proof(address, key.clone(), self.at());
        let answer = self.patient(ask).await;
        let answer = answer.map_err(|error| self.in_window(error))?;
        let header = proof::header(method, self.client.chain(), &answer.at, &answer.header);
        let header = header.map_err(|error| self.failed(error))?;
        if header.hash() != self.hash {
            return Err(self.moved());
        }
        let proof: StateProof = decode_untrusted(&answer.proof, Limits::for_size(PROOF_BYTES_MAX))
            .map_err(|error| self.not_so(&format!("its proof cannot be read: {error}")))?;
        let parsed = entries.iter().map(|(whole, value)| {
            let (_, key) = StateKey::of_whole(whole)?;
            Some((key, value.as_slice()))
        });
        let parsed: Option<Vec<_>> = parsed.collect();
        let parsed = parsed.ok_or_else(|| self.not_so("a key of no kind"))?;
        verify_whole(&self.state_root, &address, &parsed, &proof).map_err(|error| {
            let address = self.client.text(address);
            self.not_so(&format!("not all that {address} keeps, or not so: {error}"))
        })
    }

    async fn code(&self, code: CodeHash) -> Result<Vec<u8>, OriginError> {
        self.count();
        let url = self.client.url();
        let bytes = download::module(url, code).await;
        let bytes = bytes.map_err(|error| OriginError::Unanswered {
            url: url.to_owned(),
            exit: error.exit,
            source_text: error.to_string(),
        })?;
        match CodeHash::of(&bytes) == code {
            true => Ok(bytes),
            false => Err(self.not_so(&format!("other bytes than those of code {code}"))),
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
            Some(_) if self.trust => {
                self.is_beyond.store(true, Ordering::Relaxed);
                Ok(())
            }
            Some(_) | None => Err(self.in_window(error)),
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
            "its block {} is not the one that this is a fork of ({})",
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
