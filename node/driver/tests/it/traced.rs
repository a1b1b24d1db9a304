//! What transactions did: calls in the words of their ABIs, changes, gas by function; and where that can
//! no longer be told.

use std::collections::BTreeSet;

use argosy_chain::{function_names, functions_hash};
use argosy_driver::DriverConfig;
use argosy_primitives::{Action, CodeHash, TxId};
use argosy_replica::BlockMode;
use argosy_rpc::{DebugPort, QueryCall, TxPort};
use argosy_rpc_api::{
    BlockSelector, ProfileAnswer, ProfilePlace, RpcError, StateChange, StepAction, TraceAnswer,
};

use crate::explain::{COUNTER, GAS, PROBE, World, call, message};
use crate::{address, start, transfer};

fn own_gas(trace: &TraceAnswer) -> u64 {
    trace.frames.iter().map(|it| it.own_gas.0).sum::<u64>() + trace.outside_gas.0
}

#[track_caller]
fn check(world: &World, id: TxId) -> (TraceAnswer, ProfileAnswer) {
    let receipt = world.node.receipt(&id).unwrap().unwrap();
    let trace = world.node.trace(&id).unwrap().unwrap();
    assert_eq!((trace.at, trace.index), (receipt.at, Some(receipt.index)));
    assert_eq!(trace.tx_id.unwrap().0, id);
    assert_eq!(trace.status.0, receipt.receipt.status);
    assert_eq!(trace.data.0, receipt.receipt.data);
    assert_eq!(trace.gas_used.0, receipt.receipt.gas_used);
    assert_eq!(own_gas(&trace), trace.gas_used.0);
    let profile = world.node.profile(&id).unwrap().unwrap();
    assert_eq!((profile.at, profile.index), (receipt.at, receipt.index));
    let gas: u64 = profile.nodes.iter().map(|it| it.gas.0).sum();
    assert_eq!((gas, profile.gas_used), (trace.gas_used.0, trace.gas_used));
    assert!(!trace.truncated && !profile.truncated);
    (trace, profile)
}

#[tokio::test]
async fn a_trace_speaks_the_words_of_the_contracts() {
    let mut world = World::start();
    let counter = world.deploy(COUNTER, message("init", 40u64)).await;
    let probe = world.deploy(PROBE, message("init", "note")).await;
    let tx = world.draft(vec![call(counter, message("add", 2u64))], GAS);
    let (_, id) = world.send(tx).await;
    let (trace, profile) = check(&world, id);
    let [frame] = trace.frames.as_slice() else {
        panic!("{trace:#?}")
    };
    assert_eq!(frame.call.call.as_deref(), Some("add(add: 2)"));
    assert_eq!(frame.caller.address, address(1));
    let wrote = frame.steps.iter().any(|it| match &it.action {
        StepAction::Write { value, .. } => {
            value.as_ref().is_some_and(|it| it.0 == 42u64.to_le_bytes())
        }
        _ => false,
    });
    assert!(wrote, "{:#?}", frame.steps);
    let of = |change: &StateChange| match change {
        StateChange::Account {
            address,
            before,
            after,
        } => {
            let nonces = [before, after].map(|it| it.unwrap().nonce.0);
            assert_eq!(nonces, [2, 3]);
            ("account", address.address)
        }
        StateChange::Storage {
            address,
            before,
            after,
            ..
        } => {
            let values = [before, after].map(|it| it.clone().unwrap().0);
            assert_eq!(values, [40u64, 42].map(|it| it.to_le_bytes().to_vec()));
            ("storage", address.address)
        }
        other => panic!("{other:?}"),
    };
    let changes: BTreeSet<_> = trace.changes.iter().map(of).collect();
    let expected = [("account", address(1)), ("storage", counter)];
    assert_eq!(changes, expected.into());

    // Exports have names also in a module that was stripped.
    let names: Vec<_> = profile.nodes.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names[0], "transaction");
    assert_eq!(names[1], format!("call {}", frame.call.contract));
    assert_eq!(names[2], "call");
    assert!(names.contains(&"storage_set"), "{names:?}");
    let [module] = profile.modules.as_slice() else {
        panic!("{:?}", profile.modules)
    };
    assert_eq!(module.code.0, CodeHash::of(COUNTER));
    assert_eq!(
        module.functions.0.as_bytes(),
        &functions_hash(COUNTER).unwrap()
    );
    let labels = function_names(COUNTER).unwrap();
    for node in &profile.nodes {
        if let ProfilePlace::Function { function, .. } = node.place {
            assert_eq!(node.name, labels.label(function));
        }
    }

    // A failure, and what it undid.
    let relay = message("relay_and_fail", (counter, message("add", u64::MAX)));
    let tx = world.draft(vec![call(probe, relay)], GAS);
    let (_, id) = world.send(tx).await;
    let (trace, profile) = check(&world, id);
    let [outer, inner] = trace.frames.as_slice() else {
        panic!("{trace:#?}")
    };
    assert_eq!((outer.parent, inner.parent), (None, Some(0)));
    assert_eq!(inner.caller.address, probe);
    let text = &inner.call.decoded.as_ref().unwrap().text;
    assert!(text.starts_with("TooLarge"), "{text}");
    let made = outer.steps.iter().any(|it| match it.action {
        StepAction::Call { frame, status } => frame == Some(1) && !status.0.is_success(),
        _ => false,
    });
    assert!(made, "{:#?}", outer.steps);
    let [StateChange::Account { .. }] = trace.changes.as_slice() else {
        panic!("{:#?}", trace.changes)
    };
    assert_eq!(profile.modules.len(), 2);

    // An upload, and a deployment: what it brings is named by its own ABI.
    let tx = world.draft(vec![Action::StoreCode { code: vec![1] }], GAS);
    let (_, id) = world.send(tx).await;
    let (trace, _) = check(&world, id);
    assert!(trace.frames.is_empty() && trace.reason.is_some());
    assert_eq!(world.node.trace(&TxId::ZERO).unwrap(), None);
    assert_eq!(world.node.profile(&TxId::ZERO).unwrap(), None);
}

#[tokio::test]
async fn a_call_is_traced_without_being_sent() {
    let mut world = World::start();
    let counter = world.deploy(COUNTER, message("init", 40u64)).await;
    let tx = world.draft(vec![call(counter, message("add", 1u64))], GAS);
    world.send(tx).await;
    let traced = |at, gas_limit| {
        let call = QueryCall {
            contract: counter,
            caller: address(9),
            funds: 0,
            message: message("add", 5u64),
            gas_limit,
        };
        world.node.trace_call(call, at)
    };
    for (at, expected) in [
        (BlockSelector::Latest, 46u64),
        (BlockSelector::Height(1), 45),
    ] {
        let trace = traced(at, GAS).unwrap();
        assert_eq!(trace.data.0, expected.to_le_bytes());
        assert_eq!(own_gas(&trace), trace.gas_used.0);
        assert_eq!(trace.tx_id, None);
        assert_eq!(trace.changes.len(), 1, "no fee is paid");
    }
    let refused = traced(BlockSelector::Latest, 1);
    assert!(matches!(refused, Err(RpcError::TxGasLimitTooLow { .. })));
    // Out of gas in the contract is an answer, too.
    let whole = traced(BlockSelector::Latest, GAS).unwrap().gas_used.0;
    let trace = traced(BlockSelector::Latest, whole - 100).unwrap();
    assert_eq!(trace.gas_used.0, whole - 100);
    assert_eq!(own_gas(&trace), trace.gas_used.0);
}

#[tokio::test]
async fn what_is_too_long_ago_says_from_where_on_it_is_not() {
    let (driver, node, _end) = start(BlockMode::Manual, DriverConfig::default());
    let mut ids = Vec::new();
    for nonce in 0..40 {
        let tx = transfer(&driver, 1, nonce);
        ids.push(tx.id());
        node.submit(tx).await.unwrap();
        driver.mine().await.unwrap();
    }
    for (height, id) in (1..).zip(&ids) {
        match node.trace(id) {
            Ok(Some(trace)) => {
                assert!(height >= 9, "{height}");
                assert_eq!(trace.at.height.0, height);
                assert!(trace.frames.is_empty());
            }
            Err(RpcError::NotTraceable {
                height: at,
                oldest_height,
            }) => {
                assert!(height < 9, "{height}");
                assert_eq!((at.0, oldest_height.0), (height, 9));
            }
            other => panic!("{height}: {other:?}"),
        }
    }
    let error = node.profile(&ids[0]).unwrap_err().to_string();
    assert!(error.contains("from 9 on, an archive node"), "{error}");
}
