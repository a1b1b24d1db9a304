//! The exact JSON of what subscriptions tell.

use argosy_primitives::{EventCursor, Hrp, TxId};
use argosy_rpc_api::{
    At, EventEntry, EventView, EventsNotice, HeaderAnswer, HeaderView, HeadsNotice, Height,
    LagReason, Notice, RpcError, Text, TxNotice, TxStatus, TxStatusAnswer,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::{check_golden, sample};

fn at() -> At {
    At::new(sample::header().height, sample::header().hash())
}

/// Its JSON, which reads back.
#[track_caller]
fn written<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(notice: T) -> Value {
    let text = serde_json::to_string(&notice).unwrap();
    let back: T = serde_json::from_str(&text).unwrap();
    assert_eq!(back, notice, "{text}");
    json!(notice)
}

/// By what is followed, and what tells several of one kind apart.
pub(crate) fn all_notices() -> Vec<(&'static str, Value)> {
    let cursor = Text(EventCursor {
        height: 42,
        tx: 0,
        event: 1,
    });
    let event = EventEntry {
        cursor,
        tx_id: Some(Text(sample::signed().id())),
        event: EventView::new(&sample::event(), Hrp::Dev),
    };
    let head = HeaderAnswer {
        at: at(),
        header: HeaderView::new(&sample::header(), Hrp::Dev),
    };
    let events = EventsNotice::News {
        at: at(),
        entries: vec![event],
        resume: Some(cursor),
        live: true,
    };
    let heads = HeadsNotice::News {
        at: at(),
        entries: vec![head],
        resume: Some(Height(42)),
        live: false,
    };
    let slow = EventsNotice::Lagged {
        resume: Some(cursor),
        reason: LagReason::Slow {
            blocks: 200,
            max: 128,
        },
    };
    let oldest_height = Height(100);
    let pruned: HeadsNotice = Notice::Lagged {
        resume: None,
        reason: LagReason::Pruned { oldest_height },
    };
    let height = Height(40);
    let reverted = HeadsNotice::Lagged {
        resume: Some(height),
        reason: LagReason::Reverted { height },
    };
    let error = RpcError::Internal {
        reference: "text".to_owned(),
    };
    let failed = EventsNotice::Failed {
        resume: Some(cursor),
        error: error.clone(),
    };
    let answer = TxStatusAnswer::new(at(), TxId::from_bytes([7; 32]), TxStatus::Pending, None);
    vec![
        ("events news", written(events)),
        ("events lagged", written(slow)),
        ("events failed", written(failed)),
        ("heads news", written(heads)),
        ("heads lagged", written(pruned)),
        ("heads reverted", written(reverted)),
        ("tx status", written(TxNotice::Status(answer))),
        ("tx failed", written(TxNotice::Failed { error })),
    ]
}

#[test]
fn notices_keep_their_shape() {
    let all: Map<String, Value> = (all_notices().into_iter())
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let mut page = serde_json::to_string_pretty(&all).unwrap();
    page.push('\n');
    check_golden("tests/golden/notices.json", &page);
}
