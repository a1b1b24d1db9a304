//! The origin's node, asked from threads that wait: execution is no future.
//!
//! Always: questions are asked one after the other, by a thread of their own with a runtime of its own;
//! whoever asks waits for a bounded time, and what nobody waits for any more is not asked on.
//! Not here: the questions, and whether answers hold (`asker`).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use argosy_primitives::{Address, CodeHash};
use argosy_sdk::api::StateKeyView;
use tokio::runtime::Runtime;
use tokio::time::timeout_at;

use super::asker::{Asker, Entries, Read};
use super::error::OriginError;

/// The longest that one read of the chain waits, whatever it takes of questions.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(60);

type Job = Box<dyn FnOnce(&Runtime, &Asker) + Send>;

/// The thread that asks.
pub(super) struct Origin {
    jobs: Mutex<Sender<Job>>,
    wait_max: Duration,
    url: String,
    requests: Arc<AtomicU64>,
}

impl Origin {
    /// Starts the thread, on which nobody waits for longer than that; it ends with the last handle.
    pub(super) fn start(asker: Asker, wait_max: Duration) -> std::io::Result<Origin> {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build()?;
        let (jobs, waiting) = channel::<Job>();
        let (url, requests) = (asker.url().to_owned(), asker.requests());
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
            wait_max,
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
        self.ask(async move |asker: &Asker| asker.values(&keys).await)
    }

    /// All that is kept under an address.
    pub(super) fn whole(&self, address: Address) -> Result<Read<Entries>, OriginError> {
        self.ask(async move |asker: &Asker| asker.whole(address).await)
    }

    /// A module, as it was uploaded.
    pub(super) fn code(&self, code: CodeHash) -> Result<Vec<u8>, OriginError> {
        self.ask(async move |asker: &Asker| asker.code(code).await)
    }

    fn ask<T: Send + 'static>(
        &self,
        question: impl AsyncFnOnce(&Asker) -> Result<T, OriginError> + Send + 'static,
    ) -> Result<T, OriginError> {
        let not_asked = |what| OriginError::NotAsked {
            url: self.url.clone(),
            what,
        };
        let (reply, answer) = sync_channel(1);
        let deadline = Instant::now() + self.wait_max;
        // A node that goes on answering without an end has its time, and then others have their turn.
        let job: Job = Box::new(move |runtime: &Runtime, asker: &Asker| {
            let asked = async move { timeout_at(deadline.into(), question(asker)).await };
            if let Ok(answer) = runtime.block_on(asked) {
                // Who has stopped waiting needs no answer.
                drop(reply.send(answer));
            }
        });
        let sent = {
            let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.send(job)
        };
        sent.map_err(|_| not_asked("the thread that asks has ended"))?;
        let answered = answer.recv_timeout(self.wait_max);
        answered.map_err(|_| not_asked("nothing came in time; try again, or ask a faster node"))?
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write};
    use std::net::TcpListener;
    use std::sync::atomic::AtomicBool;

    use argosy_chain::Chain;
    use argosy_kv::{Cause, Column, MemoryStore, View};
    use argosy_proof::{StateKey, Supply};
    use argosy_sdk::Client;
    use argosy_sdk::api::{AddressText, At, Bytes, ChainInfo, StateEntry, StateRangeAnswer};
    use argosy_spec::ChainSpec;
    use serde_json::{Value, json};

    use super::*;
    use crate::anchor::Anchor;
    use crate::base::Base;
    use crate::cache::{Entry, Found};
    use crate::codes::Codes;

    const ADDRESS: Address = Address::from_bytes([7; 32]);

    /// Begins where a node is, which cannot prove anything there.
    fn anchor() -> Anchor {
        let spec = ChainSpec::dev();
        let chain = Chain::open(Arc::new(MemoryStore::new()), Arc::new(spec.clone())).unwrap();
        Anchor {
            header: chain.head().header.clone(),
            hash: chain.head().hash,
            spec,
            is_certified: true,
            is_proven: false,
        }
    }

    /// Asks that node, with trust.
    fn asking(url: &str, anchor: &Anchor) -> Origin {
        let runtime = Runtime::new().unwrap();
        let client = runtime.block_on(Client::connect(url)).unwrap();
        let asker = Asker::new(client, Codes::of(url).unwrap(), anchor, true);
        Origin::start(asker, Duration::from_secs(1)).unwrap()
    }

    /// A node: what it says to the calls of a method, or its `error`.
    fn node(answer: impl Fn(&str) -> Value + Send + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for mut socket in listener.incoming().flatten() {
                let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
                let request: Value = loop {
                    let count = socket.read(&mut chunk).unwrap_or_default();
                    bytes.extend_from_slice(&chunk[..count]);
                    let body = bytes.windows(4).position(|it| it == b"\r\n\r\n");
                    let body = body.map(|it| &bytes[it + 4..]).unwrap_or_default();
                    match serde_json::from_slice(body) {
                        Ok(request) => break request,
                        Err(_) if count == 0 => break Value::Null,
                        Err(_) => {}
                    }
                };
                let method = request["method"].as_str().unwrap_or_default();
                let result = answer(method);
                let (kind, said) = match result.get("error") {
                    Some(error) => ("error", error),
                    None => ("result", &result),
                };
                let body = json!({"jsonrpc": "2.0", "id": request["id"], kind: said});
                let body = body.to_string();
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
                let length = body.len();
                // Who has stopped waiting reads nothing.
                drop(write!(
                    socket,
                    "{head}\r\ncontent-length: {length}\r\n\r\n{body}"
                ));
            }
        });
        url
    }

    #[test]
    fn an_answer_without_an_end_costs_its_time_and_nobody_elses() {
        let (anchor, is_endless) = (anchor(), Arc::new(AtomicBool::new(true)));
        let at = At::new(anchor.header.height, anchor.hash);
        let (spec, endless) = (anchor.spec.clone(), Arc::clone(&is_endless));
        let told = AtomicU64::new(0);
        let url = node(move |method| {
            let info = ChainInfo::new(at, &spec, spec.genesis_hash(), 1);
            if method != "state_getRange" {
                return serde_json::to_value(info).unwrap();
            }
            let key = told.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            let more = endless.load(Ordering::Relaxed);
            let entry = StateEntry {
                key: StateKeyView::Storage {
                    key: Bytes(key.to_vec()),
                },
                value: Bytes(vec![1]),
            };
            let page = StateRangeAnswer {
                at,
                address: AddressText::new(spec.network.hrp, ADDRESS),
                entries: vec![entry],
                more,
            };
            serde_json::to_value(page).unwrap()
        });
        let origin = asking(&url, &anchor);
        let error = origin.whole(ADDRESS).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("in time"), "{error}");
        assert!(origin.requests() > 1, "it was asked on and on");
        is_endless.store(false, Ordering::Relaxed);
        let read = origin.whole(ADDRESS).unwrap();
        assert_eq!((read.value.len(), read.is_proven), (1, false));
    }

    #[test]
    fn what_is_kept_under_another_address_is_no_answer() {
        let anchor = anchor();
        let at = At::new(anchor.header.height, anchor.hash);
        let spec = anchor.spec.clone();
        let url = node(move |method| {
            if method != "state_getRange" {
                let info = ChainInfo::new(at, &spec, spec.genesis_hash(), 1);
                return serde_json::to_value(info).unwrap();
            }
            let page = StateRangeAnswer {
                at,
                address: AddressText::new(spec.network.hrp, Address::SYSTEM),
                entries: Vec::new(),
                more: false,
            };
            serde_json::to_value(page).unwrap()
        });
        let origin = asking(&url, &anchor);
        let error = origin.whole(ADDRESS).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("another address"), "{error}");
    }

    /// It is no fault of this node, which would end it: the origin is what is the matter.
    #[test]
    fn a_chain_of_before_the_supply_is_told_by_its_address() {
        let anchor = anchor();
        let at = At::new(anchor.header.height, anchor.hash);
        let spec = anchor.spec.clone();
        let url = node(move |_| {
            let info = ChainInfo::new(at, &spec, spec.genesis_hash(), 1);
            serde_json::to_value(info).unwrap()
        });
        let absent = |key: StateKey<'_>| Entry::Value {
            key: key.under(&Address::SYSTEM),
            value: None,
            told_by: None,
        };
        let other = StateKey::System(&[5]);
        let found = Found {
            entries: vec![absent(StateKey::System(&Supply::KEY)), absent(other)],
            cache: None,
        };
        let base = Base::new(asking(&url, &anchor), &anchor.spec, found, false);
        let read = |key: StateKey<'_>| base.get(Column::State, &key.under(&Address::SYSTEM));
        assert_eq!(read(other).unwrap(), None);
        let error = read(StateKey::System(&Supply::KEY)).unwrap_err();
        assert_eq!(error.cause(), Cause::Beneath);
        let told = std::error::Error::source(&error).unwrap().to_string();
        assert!(told.contains(&url) && told.contains("supply"), "{told}");
    }

    /// Who keeps the state no more cannot give its word for it: trust is no remedy then.
    #[test]
    fn trust_is_not_told_to_help_where_it_does_not() {
        let anchor = anchor();
        let at = At::new(anchor.header.height, anchor.hash);
        let spec = anchor.spec.clone();
        let url = node(move |method| {
            if matches!(method, "state_getRange" | "state_getStorage") {
                let data = json!({"kind": "PRUNED", "oldestHeight": 1_000});
                return json!({"error": {"code": 1002, "message": "m", "data": data}});
            }
            let info = ChainInfo::new(at, &spec, spec.genesis_hash(), 1);
            serde_json::to_value(info).unwrap()
        });
        let origin = asking(&url, &anchor);
        let key = StateKeyView::Account {};
        let told = [
            origin.values(vec![(ADDRESS, key)]).map(|_| ()),
            origin.whole(ADDRESS).map(|_| ()),
        ];
        for error in told.map(Result::unwrap_err) {
            assert_eq!(error.kind(), "ORIGIN_WINDOW");
            let text = error.to_string();
            assert!(text.contains("1000") && !text.contains("--trust"), "{text}");
        }
    }
}
