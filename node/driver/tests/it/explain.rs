//! Why an execution failed: the same of a trial, a question and a receipt, by the ABIs in the code.

use argosy_driver::{Driver, DriverConfig, DriverStopped, LocalNode};
use argosy_primitives::{AbiKind, Action, Address, CodeHash, Transaction};
use argosy_replica::BlockMode;
use argosy_rpc::{Cause, ContractPort, Failure, Outcome, QueryCall, Settled, Simulated, TxPort};
use argosy_rpc_api::{BlockSelector, CallFrame, RevertReason, RpcError, TxStatus};
use argosy_vm_abi::schema::{Field, MessageItem, MessageKind, TypeDef, TypeItem};
use argosy_vm_abi::{AbiItem, Capabilities, Manifest, RevertData, selector_of};
use parity_scale_codec::Encode;
use serde_json::json;
use tokio::sync::oneshot;

use crate::{address, key, start};

pub(crate) const COUNTER: &[u8] = include_bytes!("../../../../contracts/artifacts/counter.wasm");
pub(crate) const PROBE: &[u8] = include_bytes!("../../../../contracts/artifacts/probe.wasm");
const PARROT: &str = include_str!("parrot.wat");
pub(crate) const GAS: u64 = 90_000_000;

/// A chain that makes a block of each transaction, all of them of account 1.
pub(crate) struct World {
    driver: Driver,
    pub(crate) node: LocalNode,
    _end: oneshot::Receiver<DriverStopped>,
    nonce: u64,
}

impl World {
    pub(crate) fn start() -> World {
        let (driver, node, end) = start(BlockMode::Instant, DriverConfig::default());
        World {
            driver,
            node,
            _end: end,
            nonce: 0,
        }
    }

    pub(crate) fn draft(&self, actions: Vec<Action>, gas_limit: u64) -> Transaction {
        Transaction {
            chain: self.driver.view().genesis_hash(),
            signer: key(1).public(),
            nonce: self.nonce,
            valid_until: 500,
            gas_limit,
            max_gas_price: 1_000_000,
            tip: 1,
            deposit_max: 1 << 69,
            actions,
        }
    }

    pub(crate) fn simulate(&self, tx: Transaction) -> Simulated {
        self.node.simulate(tx, BlockSelector::Latest).unwrap().value
    }

    /// What a transaction failed of, as its receipt and its status say.
    pub(crate) async fn fail(&mut self, tx: Transaction) -> RpcError {
        let (tx, id) = self.send(tx).await;
        let found = self.node.receipt(&id).unwrap().unwrap();
        let error = *found.error.expect("it failed");
        let status = self.node.status(&id).unwrap().value.unwrap();
        match status {
            TxStatus::Included { error: told, .. } => assert_eq!(*told.unwrap(), error),
            other => panic!("{other:?} of {tx:?}"),
        }
        error
    }

    pub(crate) async fn send(&mut self, tx: Transaction) -> (Transaction, argosy_primitives::TxId) {
        let signed = tx.clone().sign(&key(1)).verify().unwrap();
        let id = signed.id();
        self.node.submit(signed).await.unwrap();
        self.nonce += 1;
        match self.node.settled(id).await.unwrap() {
            Settled::Included(_) => (tx, id),
            Settled::Dropped(reason) => panic!("dropped: {reason}"),
        }
    }

    pub(crate) async fn deploy(&mut self, code: &[u8], message: Vec<u8>) -> Address {
        let (hash, actions) = deployment(code, message);
        let tx = self.draft(actions, GAS);
        let (_, id) = self.send(tx).await;
        let found = self.node.receipt(&id).unwrap().unwrap();
        assert!(found.receipt.status.is_success(), "{:?}", found.error);
        Address::of_contract(AbiKind::Native, &address(1), &[0; 32], &hash)
    }

    fn ask(&self, contract: Address, message: Vec<u8>, funds: u128, gas_limit: u64) -> Outcome {
        let call = QueryCall {
            contract,
            caller: address(9),
            funds,
            message,
            gas_limit,
        };
        self.node.query(call, BlockSelector::Latest).unwrap().value
    }
}

pub(crate) fn deployment(code: &[u8], message: Vec<u8>) -> (CodeHash, Vec<Action>) {
    let hash = CodeHash::of(code);
    let store = Action::StoreCode { code: code.into() };
    let create = Action::Instantiate {
        code: hash,
        salt: [0; 32],
        admin: None,
        funds: 0,
        message,
    };
    (hash, vec![store, create])
}

pub(crate) fn message(method: &str, args: impl Encode) -> Vec<u8> {
    [selector_of(method).as_slice(), &args.encode()].concat()
}

pub(crate) fn call(contract: Address, message: Vec<u8>) -> Action {
    Action::Call {
        contract,
        funds: 0,
        message,
        abi_hash: None,
    }
}

pub(crate) fn error_of(simulated: &Simulated) -> RpcError {
    let receipt = &simulated.receipt;
    RpcError::from(Failure {
        status: receipt.status,
        data: receipt.data.clone(),
        gas_used: receipt.gas_used,
        gas_limit: GAS,
        contract: None,
        action: Some(receipt.action),
        cause: simulated.cause.clone(),
    })
}

pub(crate) fn text(frame: &CallFrame) -> Option<&str> {
    frame.decoded.as_ref().map(|it| it.text.as_str())
}

#[tokio::test]
async fn a_revert_tells_who_asked_whom_for_what_and_why() {
    let mut world = World::start();
    let counter = world.deploy(COUNTER, message("init", 40u64)).await;
    let probe = world.deploy(PROBE, message("init", "note")).await;
    let add = message("add", u64::MAX);
    let relay = message("relay_and_fail", (counter, add.clone()));
    let tx = world.draft(vec![call(probe, relay.clone())], GAS);
    let trial = error_of(&world.simulate(tx.clone()));
    let error = world.fail(tx).await;
    assert_eq!(trial, error, "a trial says what the receipt says");

    let RpcError::Reverted {
        contract,
        decoded,
        call_stack,
        ..
    } = &error
    else {
        panic!("{error:?}")
    };
    let [outer, inner] = call_stack.as_slice() else {
        panic!("{call_stack:?}")
    };
    assert_eq!(contract.unwrap().address, probe);
    assert_eq!(
        (outer.contract.address, inner.contract.address),
        (probe, counter)
    );
    assert_eq!((outer.name(), inner.name()), ("relay_and_fail", "add"));
    assert_eq!(
        (outer.entry.as_str(), inner.entry.as_str()),
        ("call", "call")
    );
    let message = outer.message.as_ref().unwrap();
    assert_eq!(message.0, relay);
    let args = outer.args.as_ref().unwrap();
    assert_eq!(args["to"], inner.contract.to_string());
    assert_eq!(inner.args, Some(json!({"add": u64::MAX.to_string()})));
    let called = format!("add(add: {})", u64::MAX);
    assert_eq!(inner.call.as_deref(), Some(called.as_str()));
    assert!(0 < inner.gas_used.0 && inner.gas_used.0 < outer.gas_used.0);
    let too_large = format!("TooLarge {{ value: 40, add: {} }}", u64::MAX);
    assert_eq!(text(inner), Some(too_large.as_str()));
    let fields = json!({"type": "TooLarge", "value": "40", "add": u64::MAX.to_string()});
    let reason = RevertReason::Error { error: fields };
    assert_eq!(inner.decoded.as_ref().unwrap().reason, reason);
    assert!(
        text(outer).unwrap().starts_with("Detailed { code: "),
        "{outer:?}"
    );
    assert_eq!(decoded.as_deref(), outer.decoded.as_ref());
    let told = error.to_string();
    let cause = format!("; caused by {too_large} in add of {}", inner.contract);
    assert!(
        told.starts_with("the contract reverted: Detailed"),
        "{told}"
    );
    assert!(told.ends_with(&cause), "{told}");
}

#[tokio::test]
async fn a_question_tells_the_same() {
    let mut world = World::start();
    let inner = world.deploy(&parrot(&words_abi("Oops")), vec![]).await;
    let outer = world.deploy(&parrot(&[]), vec![]).await;
    let speak = message("speak", (0u8, oops()));
    let relay = [&[1; 5][..], inner.as_bytes(), &speak].concat();
    let cause = world.ask(outer, relay, 0, GAS).cause;
    let [first, last] = cause.call_stack.as_slice() else {
        panic!("{cause:?}")
    };
    assert_eq!(
        (first.contract.address, last.contract.address),
        (outer, inner)
    );
    assert_eq!((first.name(), last.name()), ("query", "speak"));
    assert_eq!(text(last), Some("Oops { code: 7 }"));
    assert_eq!(first.decoded, last.decoded, "it passed on what it heard");
    assert_eq!(cause.decoded, last.decoded);

    // The SDK's own refusals are read, too.
    let probe = world.deploy(PROBE, message("init", "note")).await;
    let cause = world.ask(probe, message("no", ()), 0, GAS).cause;
    let reason = RevertReason::Sdk {
        reason: "unknown_selector".to_owned(),
    };
    assert_eq!(cause.decoded.map(|it| it.reason), Some(reason));
    assert_eq!(cause.call_stack[0].method, None);
}

#[tokio::test]
async fn a_question_brings_funds_along() {
    let mut world = World::start();
    let probe = world.deploy(PROBE, message("init", "note")).await;
    // Account 9, which asks, has nothing.
    let outcome = world.ask(probe, message("surroundings", ()), 5, GAS);
    let (caller, funds) = (&outcome.data[..32], &outcome.data[128..144]);
    assert_eq!(caller, address(9).as_bytes());
    assert_eq!(funds, 5u128.to_le_bytes());
    let too_much = world.ask(probe, message("surroundings", ()), u128::MAX, GAS);
    // The probe has nothing, so that even so much could be sent to it.
    assert!(too_much.status.is_success());
}

/// The commonest failure of a first deployment: the code is in no state then.
#[tokio::test]
async fn a_deployment_is_explained_by_the_module_that_it_brings() {
    let mut world = World::start();
    let (_, actions) = deployment(PROBE, message("init_failing", 5u32));
    let tx = world.draft(actions, GAS);
    let trial = error_of(&world.simulate(tx.clone()));
    let error = world.fail(tx).await;
    assert_eq!(trial, error);
    let [frame] = error.call_stack() else {
        panic!("{error:?}")
    };
    assert_eq!(
        (frame.entry.as_str(), frame.name()),
        ("init", "init_failing")
    );
    assert_eq!(text(frame), Some("Detailed { code: 5, text: \"init\" }"));
}

#[tokio::test]
async fn a_refused_module_is_told_in_facts() {
    let mut world = World::start();
    let floats = "(module (memory (export \"memory\") 1) (func (drop (f32.const 1))))";
    let code = wat::parse_str(floats).unwrap();
    let tx = world.draft(vec![Action::StoreCode { code }], GAS);
    let trial = error_of(&world.simulate(tx.clone()));
    let error = world.fail(tx).await;
    assert_eq!(trial, error);
    let RpcError::WasmRejected {
        reason,
        rule,
        section,
        offset,
        feature,
        hint,
        ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(
        (rule.as_deref(), feature.as_deref()),
        (Some("feature"), Some("floats"))
    );
    let place = format!(
        "({} section, byte {})",
        section.as_ref().unwrap(),
        offset.unwrap()
    );
    let reason = reason.as_ref().unwrap();
    assert!(
        reason.contains(&place) && reason.contains(&**hint.as_ref().unwrap()),
        "{reason}"
    );
}

#[tokio::test]
async fn who_runs_out_of_gas_learns_how_much_is_enough() {
    let mut world = World::start();
    let counter = world.deploy(COUNTER, message("init", 40u64)).await;
    let actions = || vec![call(counter, message("increment", ()))];
    let tx = world.draft(actions(), 80_000);
    let trial = world.simulate(tx.clone());
    let RpcError::OutOfGas {
        estimate, contract, ..
    } = error_of(&trial)
    else {
        panic!("{trial:?}")
    };
    assert_eq!(contract.unwrap().address, counter);
    let RpcError::OutOfGas {
        used,
        limit,
        call_stack,
        ..
    } = world.fail(tx).await
    else {
        panic!("another error")
    };
    assert_eq!((used.0, limit.0), (80_000, 80_000));
    assert_eq!(call_stack[0].name(), "increment");
    let enough = world.draft(actions(), estimate.unwrap().0);
    let (_, id) = world.send(enough).await;
    assert!(world.node.receipt(&id).unwrap().unwrap().error.is_none());

    let value = || message("value", ());
    let asked = world.ask(counter, value(), 0, 1_000);
    let estimate = asked.cause.gas_estimate.unwrap();
    assert!(world.ask(counter, value(), 0, estimate).status.is_success());
    // No limit would be enough: there is nothing to suggest.
    let probe = world.deploy(PROBE, message("init", "note")).await;
    let spin = world.draft(vec![call(probe, message("spin", ()))], 1_000_000);
    let cause = world.simulate(spin).cause;
    assert_eq!(
        (cause.gas_estimate, cause.call_stack[0].name()),
        (None, "spin")
    );
}

#[tokio::test]
async fn what_an_abi_does_not_explain_stays_bytes() {
    let mut world = World::start();
    let [long, wide] = ["long", "wide"].map(|it| it.repeat(30));
    let bombs = [
        ("Vec<()>", vec![0xfe, 0xff, 0xff, 0xff]),
        ("[(); 4294967295]", vec![]),
        ("Vec<Tall>", vec![0x02, 0x00, 0x01, 0x00]), // 16 384 of nothing
        ("Endless", vec![]),
        ("String", vec![0x04, 0xff]),
        ("u8", vec![]),
    ];
    let mut abis: Vec<(Vec<u8>, Vec<u8>)> = (bombs.into_iter())
        .map(|(error, words)| {
            let item = |name: &str, fields: &[(&str, &str)]| type_item(name, fields);
            let types = [
                item("Tall", &[(long.as_str(), "()"), (wide.as_str(), "()")]),
                item("Endless", &[("more", "Endless")]),
            ];
            let frames = types.iter().map(|it| AbiItem::Type(it.clone()).to_frame());
            let section = [frames.collect::<Vec<_>>().concat(), words_abi(error)].concat();
            (section, RevertData::Error(words).encode())
        })
        .collect();
    abis.push((vec![], RevertData::Message("no ABI".to_owned()).encode()));
    abis.push((
        vec![0xff; 100],
        RevertData::Message("no ABI".to_owned()).encode(),
    ));
    abis.push((words_abi("Oops"), b"no revert data of an SDK".to_vec()));
    for (abi, words) in abis {
        let contract = world.deploy(&parrot(&abi), vec![]).await;
        let input = message("speak", 0u8);
        let input = [input, words.clone()].concat();
        let tx = world.draft(vec![call(contract, input.clone())], GAS);
        let asked = world.ask(contract, input.clone(), 0, GAS).cause;
        let error = world.fail(tx).await;
        let RpcError::Reverted {
            revert_data,
            decoded,
            call_stack,
            ..
        } = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!((&revert_data.0, decoded), (&words, &None));
        check_raw(&asked, &input, &words);
        check_raw(
            &Cause {
                call_stack: call_stack.clone(),
                ..Cause::default()
            },
            &input,
            &words,
        );
        let answer = serde_json::to_string(&error).unwrap();
        assert!(answer.len() < 2_000, "{} bytes: {answer}", answer.len());
    }
}

#[track_caller]
fn check_raw(cause: &Cause, input: &[u8], words: &[u8]) {
    let [frame] = cause.call_stack.as_slice() else {
        panic!("{cause:?}")
    };
    assert_eq!(
        (&frame.decoded, &frame.args, &frame.call),
        (&None, &None, &None)
    );
    let raw = |bytes: &Option<argosy_rpc_api::Bytes>| bytes.as_ref().map(|it| it.0.clone());
    assert_eq!(raw(&frame.message).as_deref(), Some(input));
    assert_eq!(raw(&frame.data).as_deref(), Some(words));
    assert_eq!(cause.decoded, None);
}

/// The parrot with this section as its ABI; with none if it is empty.
fn parrot(abi: &[u8]) -> Vec<u8> {
    let capabilities = Capabilities::CALL;
    let mut customs = custom("argosy.manifest", &Manifest { capabilities }.to_bytes());
    if !abi.is_empty() {
        customs += &custom("argosy.abi", abi);
    }
    let end = PARROT.rfind(')').unwrap();
    wat::parse_str(format!("{}{customs})", &PARROT[..end])).unwrap()
}

fn custom(name: &str, bytes: &[u8]) -> String {
    let bytes: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
    format!("(@custom \"{name}\" \"{bytes}\")")
}

/// An error `Oops { code: 7 }`, as a contract of the SDK gives up with it.
fn oops() -> [u8; 7] {
    RevertData::Error((0u8, 7u32).encode())
        .encode()
        .try_into()
        .unwrap()
}

/// An ABI in which `speak`, of either kind, takes a flag and the seven bytes of [`oops`].
fn words_abi(error: &str) -> Vec<u8> {
    let field = |name: &str, ty: &str| Field {
        name: name.to_owned(),
        ty: ty.to_owned(),
    };
    let speak = |kind| MessageItem {
        kind,
        name: "speak".to_owned(),
        selector: selector_of("speak"),
        args: vec![field("flag", "u8"), field("words", "[u8; 7]")],
        returns: "()".to_owned(),
        error: Some(error.to_owned()),
        payable: false,
        docs: String::new(),
    };
    let oops = argosy_vm_abi::schema::Variant {
        name: "Oops".to_owned(),
        index: 0,
        fields: vec![field("code", "u32")],
    };
    let items = [
        AbiItem::Message(speak(MessageKind::Call)),
        AbiItem::Message(speak(MessageKind::Query)),
        AbiItem::Type(TypeItem {
            name: "Oops".to_owned(),
            def: TypeDef::Enum(vec![oops]),
            docs: String::new(),
        }),
    ];
    items.iter().flat_map(AbiItem::to_frame).collect()
}

fn type_item(name: &str, fields: &[(&str, &str)]) -> TypeItem {
    let field = |(name, ty): &(&str, &str)| Field {
        name: (*name).to_owned(),
        ty: (*ty).to_owned(),
    };
    TypeItem {
        name: name.to_owned(),
        def: TypeDef::Struct(fields.iter().map(field).collect()),
        docs: String::new(),
    }
}

#[tokio::test]
async fn actions_are_read_by_the_abis_of_whom_they_ask() {
    let mut world = World::start();
    let counter = world.deploy(COUNTER, message("init", 40u64)).await;
    let (_, mut actions) = deployment(PROBE, message("init", "note"));
    actions.extend([
        call(counter, message("add", 2u64)),
        // A method that it has not, bytes that are no arguments, nobody, and what asks for nothing.
        call(counter, message("none", ())),
        call(counter, [selector_of("add").as_slice(), &[1]].concat()),
        call(address(7), message("add", 2u64)),
        Action::Transfer {
            to: counter,
            amount: 1,
        },
    ]);
    let asked = world.node.asked_calls(&actions).unwrap();
    let told: Vec<_> = asked
        .iter()
        .map(|it| {
            (
                it.action,
                it.entry.as_str(),
                it.method.as_str(),
                it.call.as_deref(),
            )
        })
        .collect();
    // The code of the second is uploaded by the first.
    assert_eq!(told[0].0, 1);
    assert_eq!((told[0].1, told[0].2), ("init", "init"));
    let rest = [
        (2, "call", "add", Some("add(add: 2)")),
        (4, "call", "add", None),
    ];
    assert_eq!(told[1..], rest, "{asked:#?}");
    assert_eq!(asked[1].args, Some(json!({"add": "2"})));
    assert_eq!(asked[2].args, None);
}
