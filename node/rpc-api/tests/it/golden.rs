//! The exact JSON of every answer.

use std::fmt::Write;

use argosy_primitives::MerkleProof;
use argosy_primitives::{AbiHash, CodeHash, EventCursor, GenesisHash, Hrp, StatusCode};
use argosy_proof::{Account, ReceiptProof, StateKey, StateMultiproof, StateProof, TxProof};
use argosy_rpc_api::{
    AbiAnswer, AccountAnswer, AddressText, At, BlockAnswer, BlockDetail, Bytes, ChainInfo, Class,
    ContractAnswer, Decimal, DropReasonView, EventEntry, EventView, EventsPage, HeaderView, Health,
    HealthStatus, METHODS, Mined, PoolView, QueryAnswer, ReceiptAnswer, ReceiptView, Received,
    ReceivedFrom, RpcError, SimulationAnswer, StateKeyView, StateProofAnswer, StateProofsAnswer,
    StateValue, Status, Submitted, Text, TimestampMs, TxProofAnswer, TxStatus, TxStatusAnswer,
};
use argosy_spec::ChainSpec;
use serde_json::{Map, Value, json};

use crate::{check_golden, sample};

fn at() -> At {
    At::new(sample::header().height, sample::header().hash())
}

fn text(address: argosy_primitives::Address) -> AddressText {
    AddressText::new(Hrp::Dev, address)
}

fn merkle() -> MerkleProof {
    MerkleProof {
        index: 0,
        count: 1,
        path: vec![],
    }
}

fn chain_answers() -> Vec<(&'static str, Value)> {
    let health = Health {
        status: HealthStatus::Ok,
        reason: None,
        version: "0.1.0".to_owned(),
        at: at(),
        time_ms: TimestampMs(1_700_000_000_123),
        pool: PoolView {
            transactions: 2,
            size_bytes: Decimal(512),
        },
    };
    let block = sample::block();
    vec![
        ("system_health", json!(health)),
        ("dev_mine", json!(Mined { at: at() })),
        (
            "chain_getBlock ids",
            json!(BlockAnswer::new(at(), &block, BlockDetail::Ids, Hrp::Dev)),
        ),
        (
            "chain_getBlock full",
            json!(BlockAnswer::new(at(), &block, BlockDetail::Full, Hrp::Dev)),
        ),
    ]
}

fn tx_answers() -> Vec<(&'static str, Value)> {
    let tx_id = Text(sample::signed().id());
    let receipt = ReceiptView::new(&sample::receipt(), Hrp::Dev);
    let status = |status| TxStatusAnswer::new(at(), tx_id.0, status, None);
    let included = TxStatus::Included {
        block: at(),
        index: 3,
        status: Status(StatusCode::OutOfGas),
    };
    let by = Text(argosy_primitives::TxId::from_bytes([9; 32]));
    let dropped = TxStatus::Dropped {
        reason: DropReasonView::Replaced { by },
    };
    let received = Received {
        time_ms: TimestampMs(1_700_000_000_456),
        from: ReceivedFrom::Client,
    };
    let pending = TxStatusAnswer::new(at(), tx_id.0, TxStatus::Pending, Some(received));
    let refused = TxStatus::Refused {
        error: RpcError::SenderFull { max: 64 },
    };
    let receipt_answer = ReceiptAnswer {
        at: at(),
        tx_id,
        index: 3,
        receipt: receipt.clone(),
    };
    let simulation = SimulationAnswer {
        at: at(),
        receipt: receipt.clone(),
        gas_limit: Decimal(60_000),
        deposit_max: Decimal(1_000),
    };
    let tx_proof = TxProof {
        id: tx_id.0,
        signature: sample::signed().signature,
        merkle: merkle(),
    };
    let receipt_proof = ReceiptProof {
        receipt: sample::receipt().summary(),
        merkle: merkle(),
    };
    let header = HeaderView::new(&sample::header(), Hrp::Dev);
    let proof = TxProofAnswer::new(at(), header, receipt, &tx_proof, &receipt_proof);
    vec![
        ("tx_submit", json!(Submitted { tx_id })),
        ("tx_getStatus pending", json!(pending)),
        ("tx_getStatus included", json!(status(included))),
        ("tx_getStatus dropped", json!(status(dropped))),
        ("tx_getStatus refused", json!(status(refused))),
        ("tx_getReceipt", json!(receipt_answer)),
        ("tx_simulate", json!(simulation)),
        ("tx_getProof", json!(proof)),
    ]
}

fn state_answers() -> Vec<(&'static str, Value)> {
    let account = Account {
        nonce: 3,
        balance: 10u128.pow(24),
        deposit: 5,
    };
    let mut account = AccountAnswer::new(at(), text(sample::ALICE), &account, false);
    account.next_nonce = Some(Decimal(4));
    let contract = ContractAnswer::new(
        at(),
        text(sample::CONTRACT),
        12,
        &sample::contract_record(),
        &sample::code_record(),
    );
    let abi = AbiAnswer {
        at: at(),
        code: Text(CodeHash::from_bytes([1; 32])),
        abi_hash: Text(AbiHash::from_bytes([2; 32])),
        section: Bytes(vec![1, 2]),
    };
    let query = QueryAnswer {
        at: at(),
        data: Bytes(vec![]),
        gas_used: Decimal(99),
    };
    let header = HeaderView::new(&sample::header(), Hrp::Dev);
    let proof = StateProofAnswer::new(
        at(),
        header,
        (text(sample::CONTRACT), StateKey::Storage(b"total")),
        Some(vec![7]),
        &StateProof::default(),
    );
    let value = |key, value| StateValue {
        address: text(sample::CONTRACT),
        key,
        value,
    };
    let proofs = StateProofsAnswer::new(
        at(),
        HeaderView::new(&sample::header(), Hrp::Dev),
        vec![
            value(StateKeyView::Account {}, Some(Bytes(vec![7]))),
            value(StateKey::Storage(b"total").into(), None),
        ],
        &StateMultiproof::default(),
    );
    let page = EventsPage {
        at: at(),
        events: vec![EventEntry {
            cursor: Text(EventCursor {
                height: 42,
                tx: 0,
                event: 0,
            }),
            tx_id: Some(Text(sample::signed().id())),
            event: EventView::new(&sample::event(), Hrp::Dev),
        }],
        resume: Some(Text(EventCursor {
            height: 42,
            tx: 1,
            event: 7,
        })),
        more: false,
    };
    let back: EventsPage = serde_json::from_value(json!(page)).unwrap();
    assert_eq!(back, page);
    vec![
        ("account_get", json!(account)),
        ("contract_getInfo", json!(contract)),
        ("contract_getAbi", json!(abi)),
        ("contract_query", json!(query)),
        ("state_getProof", json!(proof)),
        ("state_getProofs", json!(proofs)),
        ("events_query", json!(page)),
    ]
}

#[test]
fn answers_keep_their_shape() {
    let parts = [chain_answers(), tx_answers(), state_answers()];
    let all: Map<String, Value> = (parts.into_iter().flatten())
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let mut page = serde_json::to_string_pretty(&all).unwrap();
    page.push('\n');
    check_golden("tests/golden/answers.json", &page);
}

/// A number that JavaScript would round has no place in an answer.
#[test]
fn no_answer_holds_a_number_above_2_to_the_53() {
    fn check(value: &Value) {
        match value {
            Value::Number(number) => assert!(number.as_u64().is_some_and(|it| it < 1 << 53)),
            Value::Array(items) => items.iter().for_each(check),
            Value::Object(fields) => fields.values().for_each(check),
            Value::Null => panic!("absent is left out"),
            Value::Bool(_) | Value::String(_) => {}
        }
    }
    for (_, value) in [chain_answers(), tx_answers(), state_answers()].concat() {
        check(&value);
    }
}

#[test]
fn chain_info_names_the_chain() {
    let spec = ChainSpec::dev();
    let genesis = GenesisHash::from_bytes([0xab; 32]);
    let info = ChainInfo::new(at(), &spec, genesis, 1);
    assert_eq!(info.caip2, format!("argosy:{}", "ab".repeat(16)));
    assert_eq!(info.hrp, "dargo");
    let back: ChainInfo = serde_json::from_value(json!(info)).unwrap();
    assert_eq!(back, info);
}

#[test]
fn the_method_page_is_current() {
    let mut page = String::from(
        "# Methods of the RPC interface\n\n\
         Generated from `src/methods.rs` by the tests; do not edit.\n\n\
         Parameters go by name or by position; those in brackets may be left out. `at` is a height, \
         a block hash, `\"latest\"` (the default), `\"finalized\"` or `\"earliest\"`.\n\n\
         | Method | Parameters | |\n|---|---|---|\n",
    );
    for method in METHODS {
        let params: Vec<_> = (method.params.iter())
            .map(|it| match it.optional {
                true => format!("[{}]", it.name),
                false => it.name.to_owned(),
            })
            .collect();
        let (name, summary) = (method.name, method.summary);
        writeln!(page, "| `{name}` | {} | {summary} |", params.join(", ")).unwrap();
    }
    check_golden("METHODS.md", &page);
}

#[test]
fn methods_are_unique_and_ask_for_what_they_need_first() {
    for (index, method) in METHODS.iter().enumerate() {
        assert!(METHODS[index + 1..].iter().all(|it| it.name != method.name));
        assert!(
            method.params.is_sorted_by_key(|it| it.optional),
            "{}",
            method.name
        );
        assert!(method.weight > 0);
    }
}

#[test]
fn a_method_of_development_chains_is_known_by_its_name() {
    for method in METHODS {
        let is_dev = method.name.starts_with("dev_");
        assert_eq!(method.class == Class::Dev, is_dev, "{}", method.name);
    }
}
