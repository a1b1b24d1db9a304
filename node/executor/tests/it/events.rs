//! Events: what contracts announce, and what the chain announces itself.

use std::fmt::Write;

use argosy_executor::{FailedFrame, FrameEntry, LogLine, RefusedCode, SystemEvent, Trace};
use argosy_primitives::{Address, CodeHash, Event, StatusCode};
use parity_scale_codec::Encode;

use crate::kit::{ALICE, BOB, Kit, Returned, address, call, transfer};
use crate::puppet::Steps;

#[test]
fn events_come_in_order_with_their_emitter() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(2);
    let [a, b] = contracts[..] else { panic!("two") };
    let inner = Steps::new().emit(&[[3; 32]], b"inner");
    let steps = Steps::new()
        .emit(&[], b"first")
        .call_with(&b, 4, 0, 0, inner)
        .emit(&[[1; 32], [2; 32], [3; 32], [4; 32]], b"");
    let receipt = kit.run(ALICE, vec![call(&a, steps), transfer(&address(BOB), 1)]);
    let moved = |from, to, amount| SystemEvent::Transferred { from, to, amount }.to_event();
    let said = |contract, topics: &[[u8; 32]], data: &[u8]| Event {
        contract,
        topics: topics.to_vec(),
        data: data.to_vec(),
    };
    assert_eq!(
        receipt.events,
        [
            said(a, &[], b"first"),
            moved(a, b, 4),
            said(b, &[[3; 32]], b"inner"),
            said(a, &[[1; 32], [2; 32], [3; 32], [4; 32]], b""),
            moved(address(ALICE), address(BOB), 1),
        ]
    );
}

#[test]
fn a_transaction_has_a_bounded_number_of_events() {
    let mut kit = Kit::with_spec(|spec| spec.limits.events_max = 3);
    let (_, contracts) = kit.puppets(2);
    let emit = |count: usize| (0..count).fold(Steps::new(), |steps, _| steps.emit(&[], b"e"));
    kit.must(ALICE, call(&contracts[0], emit(3)));
    let receipt = kit.run(ALICE, vec![call(&contracts[0], emit(4))]);
    assert_eq!(receipt.status, StatusCode::LimitExceeded);
    // Frames that were undone do not count, and moves of funds do.
    let steps = Steps::new().call(&contracts[1], emit(3).revert());
    let receipt = kit.must(
        ALICE,
        call(
            &contracts[0],
            steps.transfer(&address(BOB), 1).emit(&[], b""),
        ),
    );
    assert_eq!(receipt.events.len(), 2);
    let steps = emit(3).transfer(&address(BOB), 1);
    let receipt = kit.must(ALICE, call(&contracts[0], steps));
    assert_eq!(
        Returned::of(&receipt.data).status(),
        StatusCode::LimitExceeded
    );
}

#[test]
fn the_bytes_of_system_events_are_frozen() {
    let [a, b, c] = [1, 2, 3].map(|byte| Address::from_bytes([byte; 32]));
    let [x, y] = [7, 8].map(|byte| CodeHash::from_bytes([byte; 32]));
    let events = [
        SystemEvent::Transferred {
            from: a,
            to: b,
            amount: 1_000,
        },
        SystemEvent::CodeStored {
            code: x,
            uploader: a,
            code_id: 5,
        },
        SystemEvent::CodeRemoved {
            code: x,
            uploader: a,
        },
        SystemEvent::ContractCreated {
            contract: c,
            code: x,
            creator: a,
            admin: Some(b),
        },
        SystemEvent::ContractUpgraded {
            contract: c,
            from: x,
            to: y,
        },
        SystemEvent::AdminChanged {
            contract: c,
            admin: None,
        },
        SystemEvent::AdminChanged {
            contract: c,
            admin: Some(b),
        },
    ];
    let mut text = String::new();
    for event in events {
        let bytes = hex(&event.to_event().encode());
        writeln!(text, "{} {bytes}", event.name()).unwrap();
    }
    check_golden("system_events.txt", &text);
}

/// A trace with something of everything.
fn trace() -> Trace {
    let contract = Address::from_bytes([1; 32]);
    let entries = [
        FrameEntry::Init,
        FrameEntry::Call,
        FrameEntry::Query,
        FrameEntry::Upgrade,
    ];
    let frame = |(depth, entry)| FailedFrame {
        depth,
        contract,
        code: (depth > 1).then(|| CodeHash::from_bytes([2; 32])),
        entry,
        message: (depth > 2).then(|| vec![4, 5]),
        status: StatusCode::Reverted,
        gas_used: 1_000,
        data: (depth > 1).then(|| vec![1, 2, 3]),
        diagnostic: (depth > 2).then(|| "why".to_owned()),
        after_failure: depth > 3,
    };
    Trace {
        reason: Some("because".to_owned()),
        frames: (1u32..).zip(entries).map(frame).collect(),
        logs: vec![LogLine {
            contract,
            text: "line".to_owned(),
        }],
        is_truncated: true,
        refusal: Some(RefusedCode {
            rule: "feature".to_owned(),
            section: "code".to_owned(),
            offset: 258,
            feature: Some("simd".to_owned()),
            hint: "hint".to_owned(),
        }),
    }
}

/// Traces are stored by each node for itself; their bytes must stay readable.
#[test]
fn the_bytes_of_traces_are_frozen() {
    let bytes = trace().to_stored();
    check_golden("trace.txt", &format!("{}\n", hex(&bytes)));
    assert_eq!(Trace::from_stored(&bytes), Ok(trace()));
    for cut in 0..bytes.len() {
        assert!(Trace::from_stored(&bytes[..cut]).is_err(), "{cut}");
    }
}

/// The file was written by the first version, which knew neither codes nor messages nor refusals.
#[test]
fn traces_of_the_first_layout_are_read() {
    let bytes = unhex(include_str!("../golden/trace_first.txt"));
    let mut expected = trace();
    expected.refusal = None;
    for frame in &mut expected.frames {
        (frame.code, frame.message, frame.after_failure) = (None, None, true);
    }
    assert_eq!(Trace::from_stored(&bytes), Ok(expected));
}

/// The file was written by the second version, whose frames did not say what they ended after.
#[test]
fn traces_of_the_second_layout_are_read() {
    let bytes = unhex(include_str!("../golden/trace_second.txt"));
    let mut expected = trace();
    for frame in &mut expected.frames {
        frame.after_failure = true;
    }
    assert_eq!(Trace::from_stored(&bytes), Ok(expected));
    for cut in 0..bytes.len() {
        assert!(Trace::from_stored(&bytes[..cut]).is_err(), "{cut}");
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let text = text.trim();
    let digits = (0..text.len()).step_by(2);
    digits
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[track_caller]
fn check_golden(name: &str, text: &str) {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("ARGOSY_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap());
}
