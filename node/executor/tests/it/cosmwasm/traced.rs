//! Messages and replies, as told to somebody who listens.

use argosy_executor::{FrameEntry, Place, TracedAction};
use argosy_primitives::StatusCode;

use super::echo::{NOTHING, call, create, echoes, execute, failing, heard, send, sending, silent};
use crate::kit::{ALICE, BOB, address, sign};
use crate::traced::check;

#[test]
fn what_is_done_when_the_code_has_returned_is_told_with_its_gas() {
    let (kit, _, contracts) = echoes(2);
    let (first, second) = (contracts[0], contracts[1]);
    let bob = address(BOB);
    let result = sending(&[
        silent(send(&kit, &bob, 5)),
        heard(
            execute(&kit, &second, failing("no").as_bytes(), 3),
            "always",
        ),
    ]);
    let draft = kit.draft(ALICE, vec![call(&first, 0, result)]);
    let [traced, profiled] = check(&kit, &sign(ALICE, draft));
    let [outer, inner, reply] = traced.frames.as_slice() else {
        panic!("{:#?}", traced.frames)
    };
    let tree = [outer, inner, reply].map(|it| (it.parent, it.depth, it.entry, it.status));
    let expected = [
        (None, 1, FrameEntry::Call, StatusCode::Success),
        (Some(0), 2, FrameEntry::Call, StatusCode::Reverted),
        (Some(0), 2, FrameEntry::Reply, StatusCode::Success),
    ];
    assert_eq!(tree, expected);
    assert_eq!((inner.funds, inner.caller, reply.caller), (3, first, first));
    let told: Vec<_> = outer.steps.iter().map(|it| it.import).collect();
    let expected = [
        "db_write", "db_write", "event", "message", "message", "reply",
    ];
    assert_eq!(told, expected);
    let sent = TracedAction::Transfer {
        to: bob,
        amount: 5,
        status: StatusCode::Success,
    };
    assert_eq!(outer.steps[3].action, sent);
    let called = |frame, status| TracedAction::Call { frame, status };
    let (failed, replied) = (&outer.steps[4].action, &outer.steps[5].action);
    assert_eq!(*failed, called(Some(1), StatusCode::Reverted));
    assert_eq!(*replied, called(Some(2), StatusCode::Success));
    assert!(outer.steps.iter().all(|it| it.gas > 0));
    let summed: Vec<_> = outer
        .imports
        .iter()
        .map(|(import, used)| (*import, used.calls))
        .collect();
    let expected = [("db_write", 2), ("event", 1), ("message", 2), ("reply", 1)];
    assert_eq!(summed, expected);
    let nested = inner.gas_used + reply.gas_used;
    assert_eq!(outer.gas_used - outer.own_gas, nested);

    let nodes = &profiled.profile;
    let frames: Vec<_> = nodes
        .iter()
        .filter_map(|node| match node.place {
            Place::Frame { entry, .. } => {
                let parent = node.parent.map(|it| nodes[it as usize].place);
                Some((entry, parent))
            }
            _ => None,
        })
        .collect();
    let expected = [
        (FrameEntry::Call, Some(Place::Transaction)),
        (FrameEntry::Call, Some(Place::Import("message"))),
        (FrameEntry::Reply, Some(Place::Import("reply"))),
    ];
    assert_eq!(frames, expected);
}

#[test]
fn every_end_is_the_same_when_somebody_listens() {
    let (mut kit, code, contracts) = echoes(2);
    let (first, second) = (contracts[0], contracts[1]);
    let empty = create(&mut kit, code, 9, 0);
    let to_second = |message: &str| execute(&kit, &second, message.as_bytes(), 0);
    let cases = [
        NOTHING.to_owned(),
        "nonsense".to_owned(),
        "#panicked".to_owned(),
        failing("no"),
        sending(&[silent(to_second(NOTHING)), silent(to_second("nonsense"))]),
        sending(&[heard(to_second(&failing("no")), "error")]),
        sending(&[heard(to_second("#panicked"), "success")]),
        sending(&[silent(send(&kit, &address(BOB), u128::MAX))]),
        format!(
            "?{}",
            serde_json::json!({"wasm": {"contract_info": {"contract_addr": "x"}}})
        ),
    ];
    for message in cases {
        for contract in [first, empty] {
            let draft = kit.draft(ALICE, vec![call(&contract, 0, message.clone())]);
            check(&kit, &sign(ALICE, draft));
        }
    }
}
