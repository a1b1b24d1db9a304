//! Scenarios: what is done with contracts, step by step, and what came of it.
//!
//! ```text
//! {"codes": [name], "steps": [step]}
//! {"instantiate": as, "code": name, "by": who, "msg": …}      "funds": "5" and "fails" where they are wanted
//! {"execute": whom, "by": who, "msg": …}
//! {"query": whom, "msg": …} · {"balance": whom} · {"wait": blocks}
//! ```
//!
//! In a message `$name` stands for an address, and `{"$json": …}` for a document in base64. Each code and each
//! message takes a block of its own.

use std::collections::BTreeMap;

use argosy_executor::{QueryRequest, query};
use argosy_primitives::{AbiKind, Action, Address, Balance, CodeHash, Receipt, StatusCode};
use serde_json::{Map, Value, json};

use super::echo::{base64, events, text};
use crate::kit::{ALICE, BOB, CAROL, FUNDS, Kit, NOBODY, address, sign};

/// Who acts; dave never does, so that nobody pays fees from what he gets.
const PEOPLE: [(&str, u8); 4] = [
    ("alice", ALICE),
    ("bob", BOB),
    ("carol", CAROL),
    ("dave", NOBODY),
];
const DENOM: &str = "pargo";

/// A scenario on its way.
pub(crate) struct Scenario {
    kit: Kit,
    codes: BTreeMap<String, CodeHash>,
    code_names: Value,
    /// Addresses by name.
    names: BTreeMap<String, Address>,
    /// The steps with everything filled in.
    resolved: Vec<Value>,
    /// What came of each step but waiting.
    pub(crate) outcomes: Vec<Value>,
    /// What each message used, for people.
    pub(crate) gas: Vec<String>,
}

impl Scenario {
    /// A chain that has the scenario's codes.
    pub(crate) fn new(document: &Value, module: impl Fn(&str) -> Vec<u8>) -> Scenario {
        let people = PEOPLE.map(|(name, who)| (name.to_owned(), address(who)));
        let mut scenario = Scenario {
            kit: Kit::new(),
            codes: BTreeMap::new(),
            code_names: document["codes"].clone(),
            names: people.into(),
            resolved: Vec::new(),
            outcomes: Vec::new(),
            gas: Vec::new(),
        };
        for name in document["codes"].as_array().unwrap() {
            let name = name.as_str().unwrap();
            let store = Action::StoreCode { code: module(name) };
            let receipt = scenario.send(ALICE, store);
            let code = CodeHash::from_bytes(receipt.data[..].try_into().unwrap());
            assert_eq!(scenario.kit.code(&code).abi, AbiKind::CosmWasm);
            scenario.note(name, "store", &receipt);
            scenario.codes.insert(name.to_owned(), code);
        }
        scenario
    }

    /// What the oracle must know.
    pub(crate) fn for_oracle(&self) -> Value {
        let people = PEOPLE.iter().filter(|(_, who)| *who != NOBODY);
        let accounts: Map<String, Value> = people
            .map(|(_, who)| (text(&self.kit, &address(*who)), json!(FUNDS.to_string())))
            .collect();
        let chain = self.kit.spec.genesis_hash().to_string();
        json!({
            "prefix": self.kit.spec.network.hrp.to_string(),
            "chain_id": format!("dev-{}", &chain.trim_start_matches("0x")[..8]),
            "denom": DENOM,
            "accounts": accounts,
            "codes": self.code_names,
            "steps": self.resolved,
        })
    }

    /// Does a step.
    #[track_caller]
    pub(crate) fn step(&mut self, step: &Value) {
        if let Some(name) = step["instantiate"].as_str() {
            self.instantiate(name, step);
        } else if let Some(name) = step["execute"].as_str() {
            self.execute(name, step);
        } else if let Some(name) = step["query"].as_str() {
            self.query(name, step);
        } else if let Some(name) = step["balance"].as_str() {
            let address = self.names[name];
            let balance = self.kit.account(&address).balance;
            self.resolve_as(json!({"balance": text(&self.kit, &address)}));
            self.outcomes.push(json!({"balance": balance.to_string()}));
        } else {
            for _ in 0..step["wait"].as_u64().unwrap() {
                self.kit.block(&[]);
            }
        }
    }

    #[track_caller]
    fn instantiate(&mut self, name: &str, step: &Value) {
        let code = step["code"].as_str().unwrap();
        let (who, funds, message) = self.parts(step);
        let height = self.height();
        let salt = u8::try_from(self.resolved.len()).unwrap();
        let receipt = self.send(
            who,
            Action::Instantiate {
                code: self.codes[code],
                salt: [salt; 32],
                admin: None,
                funds,
                message: message.to_string().into_bytes(),
            },
        );
        let address = receipt.data.first_chunk::<32>().copied();
        let address = address.filter(|_| receipt.status.is_success());
        let address = address.map(Address::from_bytes);
        if let Some(address) = address {
            self.names.insert(name.to_owned(), address);
        }
        self.resolved.push(json!({"height": height, "instantiate": {
            "code": code,
            "sender": text(&self.kit, &crate::kit::address(who)),
            "admin": null,
            "funds": funds.to_string(),
            "msg": message,
            "address": address.map(|it| text(&self.kit, &it)),
        }}));
        self.note(name, "instantiate", &receipt);
        self.ended(&receipt, 32, step);
    }

    #[track_caller]
    fn execute(&mut self, name: &str, step: &Value) {
        let contract = self.names[name];
        let (who, funds, message) = self.parts(step);
        let height = self.height();
        let receipt = self.send(
            who,
            Action::Call {
                contract,
                funds,
                message: message.to_string().into_bytes(),
                abi_hash: None,
            },
        );
        self.resolved.push(json!({"height": height, "execute": {
            "contract": text(&self.kit, &contract),
            "sender": text(&self.kit, &address(who)),
            "funds": funds.to_string(),
            "msg": message,
        }}));
        let method = message.as_object().and_then(|it| it.keys().next().cloned());
        self.note(name, &method.unwrap_or_default(), &receipt);
        self.ended(&receipt, 0, step);
    }

    fn query(&mut self, name: &str, step: &Value) {
        let contract = self.names[name];
        let message = self.resolve(&step["msg"]);
        let bytes = message.to_string();
        let request = QueryRequest {
            contract,
            caller: address(BOB),
            funds: 0,
            message: bytes.as_bytes(),
            gas_max: self.kit.spec.limits.tx_gas_max,
        };
        let kit = &self.kit;
        let answer = query(kit.state(), kit.context(), &kit.spec, &kit.engine, &request).unwrap();
        let outcome = match answer.status {
            StatusCode::Success => {
                let document: Value = serde_json::from_slice(&answer.data).unwrap();
                json!({ "answer": document })
            }
            StatusCode::Reverted => json!({"error": String::from_utf8_lossy(&answer.data)}),
            status => panic!("{step}: {status}: {:?}", answer.trace),
        };
        let asked = json!({"contract": text(kit, &contract), "msg": message});
        self.resolve_as(json!({ "query": asked }));
        self.outcomes.push(outcome);
    }

    /// Sender, funds and message of a step.
    fn parts(&self, step: &Value) -> (u8, Balance, Value) {
        let by = step["by"].as_str().unwrap();
        let who = PEOPLE.iter().find(|it| it.0 == by).unwrap().1;
        let funds = step["funds"].as_str().unwrap_or("0").parse().unwrap();
        (who, funds, self.resolve(&step["msg"]))
    }

    /// Executes an action in a block of its own. A contract may have to be loaded first, which costs most of what a
    /// transaction may use.
    fn send(&mut self, who: u8, action: Action) -> Receipt {
        let mut draft = self.kit.draft(who, vec![action]);
        draft.gas_limit = self.kit.spec.limits.tx_gas_max;
        self.kit.block(&[sign(who, draft)]).receipts.remove(0)
    }

    /// Writes down what came of a message.
    #[track_caller]
    fn ended(&mut self, receipt: &Receipt, address_bytes: usize, step: &Value) {
        let may_fail = !step["fails"].is_null();
        let outcome = match receipt.status {
            StatusCode::Success => {
                assert!(!may_fail, "{step}: it succeeded");
                let data = base64(&receipt.data[address_bytes..]);
                json!({"data": data, "events": events(receipt)})
            }
            StatusCode::Reverted => json!({"error": String::from_utf8_lossy(&receipt.data)}),
            status => json!({"error": status.as_str()}),
        };
        assert!(may_fail || outcome["error"].is_null(), "{step}: {outcome}");
        self.outcomes.push(outcome);
    }

    fn note(&mut self, name: &str, what: &str, receipt: &Receipt) {
        let line = format!(
            "{name} {what}: {} gas, {}",
            receipt.gas_used, receipt.status
        );
        self.gas.push(line);
    }

    /// The height of the next block, which is what a query sees too.
    fn height(&self) -> u64 {
        self.kit.context().height
    }

    fn resolve_as(&mut self, mut step: Value) {
        step["height"] = json!(self.height());
        self.resolved.push(step);
    }

    /// A message with everything filled in.
    fn resolve(&self, value: &Value) -> Value {
        match value {
            Value::String(string) => {
                let mut string = string.clone();
                for (name, address) in &self.names {
                    string = string.replace(&format!("${name}"), &text(&self.kit, address));
                }
                Value::String(string)
            }
            Value::Array(values) => values.iter().map(|it| self.resolve(it)).collect(),
            Value::Object(fields) => match fields.get("$json") {
                Some(document) => json!(base64(self.resolve(document).to_string().as_bytes())),
                None => {
                    let fields = fields.iter();
                    let fields = fields.map(|(name, value)| (name.clone(), self.resolve(value)));
                    Value::Object(fields.collect())
                }
            },
            other => other.clone(),
        }
    }
}

#[test]
fn messages_are_filled_in() {
    let document = json!({"codes": [], "steps": []});
    let scenario = Scenario::new(&document, |_| Vec::new());
    let alice = text(&scenario.kit, &address(ALICE));
    let message = json!({"send": {"to": "$alice", "msg": {"$json": {"for": ["$alice", 1]}}}});
    let inner = json!({"for": [alice, 1]}).to_string();
    let expected = json!({"send": {"to": alice, "msg": base64(inner.as_bytes())}});
    assert_eq!(scenario.resolve(&message), expected);
}
