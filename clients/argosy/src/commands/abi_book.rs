//! The ABIs of contracts, fetched once each, to read what contracts announce.
//!
//! The chain's own events have the layout of contract events; their ABI is written here.

use std::collections::BTreeMap;
use std::sync::Arc;

use argosy_primitives::{AbiHash, Address, Event};
use argosy_rpc_api::{BlockSelector, EventEntry, EventView, RpcError};
use argosy_sdk::codec::DecodedEvent;
use argosy_sdk::{Abi, Client, Codec, SdkError};
use argosy_vm_abi::event_topic;
use argosy_vm_abi::schema::{EventField, EventItem};
use serde_json::{Map, Value, json};

use crate::output::in_line;

/// ABIs that are kept at once; then all are forgotten, and asked for again.
const KNOWN_MAX: usize = 256;

/// The ABIs that were needed so far, and how people call the accounts that they know.
pub(crate) struct AbiBook {
    client: Client,
    names: Vec<(String, String)>,
    known: BTreeMap<Address, Option<Arc<Abi>>>,
}

impl AbiBook {
    /// Knows nothing but the chain's own events. Text shows `names` in place of their addresses.
    pub(crate) fn new(client: &Client, names: &BTreeMap<String, Address>) -> AbiBook {
        let known = BTreeMap::from([(Address::SYSTEM, Some(Arc::new(system_abi())))]);
        let text = |(name, address): (&String, &Address)| {
            (client.text(*address).to_string(), name.clone())
        };
        AbiBook {
            client: client.clone(),
            names: names.iter().map(text).collect(),
            known,
        }
    }

    /// Knows the ABI of `contract` already.
    pub(crate) fn insert(&mut self, contract: Address, abi: Abi) {
        self.known.insert(contract, Some(Arc::new(abi)));
    }

    /// The ABI of a contract; none if it has none that can be read.
    pub(crate) async fn abi(&mut self, contract: Address) -> Option<Arc<Abi>> {
        if let Some(known) = self.known.get(&contract) {
            return known.clone();
        }
        let answer = match self.client.abi(contract, BlockSelector::Latest).await {
            Ok(answer) => Some(answer),
            Err(SdkError::Rpc { error }) if is_told(&error) => None,
            // The node was away, or busy: it may tell another time.
            Err(_) => return None,
        };
        let section = answer.filter(|it| AbiHash::of(&it.section) == it.abi_hash.0);
        let abi = section
            .and_then(|it| Abi::parse(&it.section).ok())
            .map(Arc::new);
        // Whoever watches a chain for ever sees any number of contracts.
        if self.known.len() >= KNOWN_MAX {
            self.known.retain(|it, _| *it == Address::SYSTEM);
        }
        self.known.insert(contract, abi.clone());
        abi
    }

    /// What an event says; none if its contract's ABI does not tell.
    pub(crate) async fn read(&mut self, event: &EventView) -> Option<DecodedEvent> {
        let abi = self.abi(event.contract.address).await?;
        Codec::new(&abi, self.client.hrp())
            .decode_event(&Event::from(event))
            .ok()
    }

    /// An event with its place: for people, and for programs with what could be decoded.
    pub(crate) async fn entry(&mut self, entry: &EventEntry) -> (String, Value) {
        let view = serde_json::to_value(entry).unwrap_or_default();
        self.decoded(&entry.event, view).await
    }

    /// An event that has no place yet, for people and for programs.
    pub(crate) async fn event(&mut self, event: &EventView) -> (String, Value) {
        let view = serde_json::to_value(event).unwrap_or_default();
        self.decoded(event, view).await
    }

    async fn decoded(&mut self, event: &EventView, mut view: Value) -> (String, Value) {
        let decoded = match self.read(event).await {
            Some(decoded) => Some((event_text(&decoded), event_json(&decoded))),
            None => cosmwasm_event(event),
        };
        if let (Value::Object(view), Some((_, decoded))) = (&mut view, &decoded) {
            view.insert("decoded".to_owned(), decoded.clone());
        }
        let text = match decoded {
            Some((text, _)) => text,
            None => {
                let topic = event
                    .topics
                    .first()
                    .map_or("no topic".to_owned(), ToString::to_string);
                format!("{topic}, {} bytes", event.data.0.len())
            }
        };
        (self.named(text), view)
    }

    /// The text with names in place of addresses.
    pub(crate) fn named(&self, text: String) -> String {
        let replace =
            |text: String, (address, name): &(String, String)| text.replace(address, name);
        self.names.iter().fold(text, replace)
    }
}

/// `Transfer { from: …, to: …, amount: 5 }`
pub(crate) fn event_text(event: &DecodedEvent) -> String {
    let fields: Vec<String> = event
        .fields
        .iter()
        .map(|it| format!("{}: {}", it.name, it.value))
        .collect();
    match fields.is_empty() {
        true => event.name.clone(),
        false => format!("{} {{ {} }}", event.name, fields.join(", ")),
    }
}

/// What an event of a CosmWasm contract says, for people and for programs. Those are documents whose type has the
/// event's topic as its hash.
fn cosmwasm_event(event: &EventView) -> Option<(String, Value)> {
    let document: Value = serde_json::from_slice(&event.data.0).ok()?;
    let ty = document["type"].as_str()?;
    let [topic] = event.topics.as_slice() else {
        return None;
    };
    if topic.0.as_bytes() != &event_topic(ty) {
        return None;
    }
    let mut fields = Vec::new();
    let mut texts = Vec::new();
    for attribute in document["attributes"].as_array()? {
        let (key, value) = (attribute["key"].as_str()?, attribute["value"].as_str()?);
        texts.push(format!("{}: {}", in_line(key), in_line(value)));
        fields.push(json!({"key": key, "value": value}));
    }
    let text = match texts.is_empty() {
        true => in_line(ty),
        false => format!("{} {{ {} }}", in_line(ty), texts.join(", ")),
    };
    // Keys may come more than once.
    Some((text, json!({"name": ty, "attributes": fields})))
}

fn event_json(event: &DecodedEvent) -> Value {
    let fields: Map<String, Value> = event
        .fields
        .iter()
        .map(|it| (it.name.clone(), it.value.to_json()))
        .collect();
    json!({"name": event.name, "fields": fields})
}

/// Name, then fields; `*` marks those that are topics. An admin is one, too, but as an address and not as what it is here.
const SYSTEM_EVENTS: &[(&str, &[(&str, &str)])] = &[
    (
        "Transferred",
        &[("from*", "Address"), ("to*", "Address"), ("amount", "u128")],
    ),
    (
        "CodeStored",
        &[
            ("code*", "Hash"),
            ("uploader*", "Address"),
            ("code_id", "u64"),
        ],
    ),
    (
        "CodeRemoved",
        &[("code*", "Hash"), ("uploader*", "Address")],
    ),
    (
        "ContractCreated",
        &[
            ("contract*", "Address"),
            ("code*", "Hash"),
            ("creator*", "Address"),
            ("admin", "Option<Address>"),
        ],
    ),
    (
        "ContractUpgraded",
        &[("contract*", "Address"), ("from*", "Hash"), ("to*", "Hash")],
    ),
    (
        "AdminChanged",
        &[("contract*", "Address"), ("admin", "Option<Address>")],
    ),
];

fn system_abi() -> Abi {
    let field = |(name, ty): &(&str, &str)| EventField {
        name: name.trim_end_matches('*').to_owned(),
        ty: (*ty).to_owned(),
        indexed: name.ends_with('*'),
    };
    let event = |(name, fields): &(&str, &[(&str, &str)])| EventItem {
        name: (*name).to_owned(),
        fields: fields.iter().map(field).collect(),
        docs: String::new(),
    };
    Abi {
        events: SYSTEM_EVENTS.iter().map(event).collect(),
        ..Abi::default()
    }
}

/// Whether an error says that there is no ABI, and not that nobody could look.
fn is_told(error: &RpcError) -> bool {
    matches!(
        error,
        RpcError::NotFound { .. } | RpcError::ContractNotFound { .. }
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use argosy_chain::{Chain, validator_set};
    use argosy_driver::{Driver, DriverConfig, LocalNode};
    use argosy_executor::SystemEvent;
    use argosy_kv::MemoryStore;
    use argosy_primitives::{CodeHash, Hrp};
    use argosy_replica::{BlockMode, Config, Replica};
    use argosy_rpc::{RpcConfig, RpcServer};
    use argosy_spec::ChainSpec;
    use tokio::runtime::Handle;

    use super::*;

    #[track_caller]
    fn check(event: SystemEvent, expected: &str) {
        let abi = system_abi();
        let decoded = Codec::new(&abi, Hrp::Dev)
            .decode_event(&event.to_event())
            .unwrap();
        assert_eq!(decoded.name, event.name());
        let text = event_text(&decoded);
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn the_chains_own_events_are_read() {
        let (one, two) = (Address::from_bytes([1; 32]), Address::from_bytes([2; 32]));
        let (code, other) = (CodeHash::from_bytes([3; 32]), CodeHash::from_bytes([4; 32]));
        check(
            SystemEvent::Transferred {
                from: one,
                to: two,
                amount: 5,
            },
            "Transferred { from: dargo1",
        );
        check(
            SystemEvent::CodeStored {
                code,
                uploader: one,
                code_id: 7,
            },
            "CodeStored { code: 0x0303",
        );
        check(
            SystemEvent::CodeRemoved {
                code,
                uploader: one,
            },
            "CodeRemoved { code: 0x0303",
        );
        let created = SystemEvent::ContractCreated {
            contract: one,
            code,
            creator: two,
            admin: None,
        };
        check(created, "ContractCreated { contract: dargo1");
        check(
            SystemEvent::ContractUpgraded {
                contract: one,
                from: code,
                to: other,
            },
            "ContractUpgraded {",
        );
        check(
            SystemEvent::AdminChanged {
                contract: one,
                admin: Some(two),
            },
            "AdminChanged { contract:",
        );
    }

    /// Text and JSON of an event with this topic and data.
    fn cosmwasm(topic: [u8; 32], data: &str) -> Option<(String, Value)> {
        let event = Event {
            contract: Address::from_bytes([1; 32]),
            topics: vec![topic],
            data: data.as_bytes().to_vec(),
        };
        cosmwasm_event(&EventView::new(&event, Hrp::Dev))
    }

    #[test]
    fn events_of_cosmwasm_contracts_are_read_by_themselves() {
        let data = r#"{"type":"wasm","attributes":[{"key":"a","value":"1"},{"key":"a","value":"\u001b["}]}"#;
        let (text, read) = cosmwasm(event_topic("wasm"), data).unwrap();
        assert_eq!(text, "wasm { a: 1, a: \u{fffd}[ }");
        assert_eq!(read["attributes"][1]["value"], "\u{1b}[");
        let bare = r#"{"type":"execute","attributes":[]}"#;
        let (text, _) = cosmwasm(event_topic("execute"), bare).unwrap();
        assert_eq!(text, "execute");
        // Of another type than it says, and what is no such document.
        assert_eq!(cosmwasm(event_topic("other"), bare), None);
        for data in ["", "{}", "[1]", r#"{"type":"execute","attributes":[1]}"#] {
            assert_eq!(cosmwasm(event_topic("execute"), data), None, "{data}");
        }
    }

    async fn served() -> (RpcServer, Driver) {
        let spec = Arc::new(ChainSpec::dev());
        let chain = Chain::open(Arc::new(MemoryStore::new()), Arc::clone(&spec)).unwrap();
        let config = Config {
            blocks: BlockMode::Manual,
            pool: argosy_mempool::Limits::default(),
            proposer: validator_set(&spec).0[0].address,
            txs_per_block_max: 1,
            verify_own: false,
            quarantined: BTreeSet::new(),
        };
        let replica = Replica::new(chain, config);
        let (driver, _end) = Driver::start(replica, DriverConfig::default()).unwrap();
        let node = Arc::new(LocalNode::new(driver.clone(), "test"));
        let runtime = Handle::current();
        let started = RpcServer::start(RpcConfig::on_free_port(), node, &runtime);
        (started.await.unwrap(), driver)
    }

    fn address(number: u16) -> Address {
        let mut bytes = [1; 32];
        bytes[..2].copy_from_slice(&number.to_be_bytes());
        Address::from_bytes(bytes)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_a_node_that_was_away_did_not_tell_is_asked_again_and_little_is_kept() {
        let (server, driver) = served().await;
        let url = format!("http://{}", server.address());
        let client = Client::connect(&url).await.unwrap();
        let mut book = AbiBook::new(&client, &BTreeMap::new());
        for number in 0..=KNOWN_MAX as u16 {
            assert!(book.abi(address(number)).await.is_none());
            assert!(book.known.contains_key(&address(number)), "nobody is there");
            assert!(book.known.len() <= KNOWN_MAX);
        }
        assert!(book.known.contains_key(&Address::SYSTEM));
        server.stop().await;
        driver.stop();
        assert!(book.abi(address(1_000)).await.is_none());
        assert!(!book.known.contains_key(&address(1_000)));
    }
}
