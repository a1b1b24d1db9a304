//! What the bindings have and no sample uses, through the `query` of `imports`: why a callee reverted, answers, topics,
//! ranges without an end.

use argosy_primitives::{StatusCode, blake3};
use argosy_vm_abi::{RevertData, SdkError};
use parity_scale_codec::{Decode, Encode};

use super::steps::Step;
use super::{LANGUAGES, Player, in_language};

// What the first byte of a message asks for.
const REASON: u8 = 0;
const ANSWER: u8 = 1;
const TOPIC: u8 = 2;
const IS_THERE: u8 = 3;
const KEYS: u8 = 4;

/// A question, and what comes back.
struct Case {
    message: Vec<u8>,
    status: StatusCode,
    data: Vec<u8>,
}

fn answered(message: Vec<u8>, data: Vec<u8>) -> Case {
    Case {
        message,
        status: StatusCode::Success,
        data,
    }
}

fn refused(message: Vec<u8>, why: SdkError) -> Case {
    Case {
        message,
        status: StatusCode::Reverted,
        data: RevertData::Sdk(why).encode(),
    }
}

#[track_caller]
fn check(cases: &[Case]) {
    for language in LANGUAGES {
        let mut player = Player::new(in_language(language, "imports"));
        let begin = Step::Init {
            funds: 0,
            message: Vec::new(),
        };
        assert_eq!(player.play(0, &begin).status, StatusCode::Success);
        for case in cases {
            let seen = player.play(1, &Step::Ask(case.message.clone()));
            let found = (seen.status, seen.data.as_slice());
            let expected = (case.status, case.data.as_slice());
            assert_eq!(found, expected, "{language}: {:?}", case.message);
        }
    }
}

/// What the SDK in Rust makes of it: a kind, and bytes; nothing of what has bytes behind it.
fn reason(status: StatusCode, data: &[u8]) -> Vec<u8> {
    let mut rest = data;
    let said = match status {
        StatusCode::Reverted => RevertData::decode(&mut rest).ok(),
        _ => None,
    };
    let said = said.filter(|_| rest.is_empty());
    match said {
        None => vec![0],
        Some(RevertData::Error(bytes)) => [&[1_u8][..], bytes.as_slice()].concat(),
        Some(RevertData::Message(text)) => [&[2_u8][..], text.as_bytes()].concat(),
        Some(RevertData::Sdk(why)) => (3_u8, why).encode(),
    }
}

/// What callees say, and what no callee of the SDK's says.
fn reverts() -> Vec<Vec<u8>> {
    let mut all = vec![
        RevertData::Sdk(SdkError::UnknownSelector).encode(),
        RevertData::Sdk(SdkError::CallFailed).encode(),
        RevertData::Sdk(SdkError::Overflow).encode(),
        RevertData::Message("näin ⚓".into()).encode(),
    ];
    for length in [0, 1, 2, 63, 64, 16_383, 16_384] {
        all.push(RevertData::Error(vec![7; length]).encode());
        all.push(RevertData::Message("x".repeat(length)).encode());
    }
    let cut: Vec<_> = all
        .iter()
        .flat_map(|it| {
            let most = it.len().min(8);
            (0..most)
                .map(move |end| it[..end].to_vec())
                .chain([it[..it.len() - 1].to_vec()])
        })
        .collect();
    let longer: Vec<_> = all
        .iter()
        .map(|it| [it.as_slice(), &[0]].concat())
        .collect();
    all.extend(cut);
    all.extend(longer);
    // No such reason; no such kind; lengths in a form that is not the shortest; no text.
    let odd: [&[u8]; 8] = [
        &[2, 7],
        &[3],
        &[3, 4, 4],
        &[0, 5, 0, 9],
        &[0, 6, 0, 0, 0, 9],
        &[0, 3, 1, 2, 3, 4, 5],
        &[1, 4, 0xff],
        &[1, 8, 0xc2, 0x20],
    ];
    all.extend(odd.map(<[u8]>::to_vec));
    all
}

#[test]
fn reasons_of_a_callee_are_read_as_in_rust() {
    let mut cases = Vec::new();
    for data in reverts() {
        for status in [
            StatusCode::Reverted,
            StatusCode::Success,
            StatusCode::Trapped,
        ] {
            if status != StatusCode::Reverted && data.len() > 8 {
                continue;
            }
            let message = [&(REASON, status).encode()[..], data.as_slice()].concat();
            cases.push(answered(message, reason(status, &data)));
        }
    }
    let kinds = [0, 1, 2, 3].map(|kind| cases.iter().filter(|it| it.data[0] == kind).count());
    assert!(kinds.iter().all(|count| *count > 2), "{kinds:?}");
    check(&cases);
}

#[test]
fn answers_must_be_there_and_of_their_type() {
    let ask = |status: StatusCode, data: &[u8]| [&(ANSWER, status).encode()[..], data].concat();
    check(&[
        answered(ask(StatusCode::Success, &[1, 2, 3, 4]), vec![1, 2, 3, 4]),
        refused(ask(StatusCode::Success, &[1, 2, 3]), SdkError::BadReply),
        refused(ask(StatusCode::Success, &[]), SdkError::BadReply),
        refused(
            ask(StatusCode::Success, &[1, 2, 3, 4, 5]),
            SdkError::BadReply,
        ),
        refused(
            ask(StatusCode::Reverted, &[1, 2, 3, 4]),
            SdkError::CallFailed,
        ),
        refused(ask(StatusCode::OutOfGas, &[]), SdkError::CallFailed),
    ]);
}

#[test]
fn topics_are_padded_or_hashed() {
    let mut cases = Vec::new();
    for length in [0, 1, 31, 32] {
        let mut topic = vec![9; length];
        topic.resize(32, 0);
        cases.push(answered([vec![TOPIC], vec![9; length]].concat(), topic));
    }
    for length in [33, 100] {
        let field = vec![9; length];
        let topic = blake3(&field).to_vec();
        cases.push(answered([vec![TOPIC], field].concat(), topic));
    }
    check(&cases);
}

#[test]
fn keys_are_found_with_and_without_values_and_ranges_need_no_end() {
    check(&[
        answered(vec![IS_THERE, b'a'], vec![1]),
        // It has an empty value.
        answered(vec![IS_THERE, b'b'], vec![1]),
        answered(vec![IS_THERE, b'd'], vec![0]),
        answered(vec![IS_THERE], vec![0]),
        answered(vec![KEYS], ["c", "b", "a"].encode()),
        answered(vec![KEYS, b'b'], ["c", "b"].encode()),
        answered(vec![KEYS, b'd'], Vec::new()),
    ]);
}
