//! One trace and one profile, with one of each kind of step, change and place.

use argosy_primitives::{CodeHash, Hash32, Hrp, StatusCode, TxId};
use argosy_rpc_api::{
    AccountState, AddressText, At, Bytes, ContractState, Decimal, ImportUse, ProfileAnswer,
    ProfileNode, ProfilePlace, ProfiledModule, StateChange, Status, StepAction, Text, TraceAnswer,
    TraceFrame, TraceStep,
};

use crate::sample;

const CODE: Text<CodeHash> = Text(CodeHash::from_bytes([7; 32]));

fn contract() -> AddressText {
    AddressText::new(Hrp::Dev, sample::CONTRACT)
}

fn bytes(byte: u8) -> Option<Bytes> {
    Some(Bytes(vec![byte]))
}

fn steps() -> Vec<TraceStep> {
    let status = Status(StatusCode::Success);
    let actions = [
        (
            "storage_get",
            StepAction::Read {
                key: bytes(1),
                found: true,
                value: None,
            },
        ),
        (
            "storage_set",
            StepAction::Write {
                key: bytes(1),
                value: bytes(2),
            },
        ),
        ("storage_remove", StepAction::Remove { key: bytes(1) }),
        (
            "storage_range",
            StepAction::Range {
                start: bytes(1),
                end: None,
            },
        ),
        (
            "transfer",
            StepAction::Transfer {
                to: contract(),
                amount: Decimal(u128::MAX),
                status,
            },
        ),
        (
            "call",
            StepAction::Call {
                frame: Some(1),
                status,
            },
        ),
        (
            "emit",
            StepAction::Event {
                topics: 2,
                data: bytes(3),
            },
        ),
        (
            "log",
            StepAction::Log {
                text: Some("hello".to_owned()),
            },
        ),
    ];
    let step = |(import, action): (&str, StepAction)| TraceStep {
        import: import.to_owned(),
        gas: Decimal(u64::MAX),
        action,
    };
    actions.map(step).to_vec()
}

fn frame(parent: Option<u32>, steps: Vec<TraceStep>) -> TraceFrame {
    TraceFrame {
        parent,
        depth: parent.map_or(1, |it| it + 2),
        caller: AddressText::new(Hrp::Dev, sample::ALICE),
        funds: Decimal(5),
        code: Some(CODE),
        call: sample::call_frame(),
        gas_limit: Decimal(5_000),
        own_gas: Decimal(1_000),
        imports: vec![ImportUse {
            import: "storage_get".to_owned(),
            calls: Decimal(3),
            gas: Decimal(600),
        }],
        steps,
    }
}

pub(crate) fn changes() -> Vec<StateChange> {
    let address = contract();
    let account = |balance| AccountState {
        balance: Decimal(balance),
        nonce: Decimal(7),
        deposit: Decimal(2),
    };
    vec![
        StateChange::Account {
            address,
            before: None,
            after: Some(account(u128::MAX)),
        },
        StateChange::Contract {
            address,
            before: Some(ContractState {
                code: CODE,
                admin: Some(address),
                deposit: Decimal(9),
                storage_bytes: Decimal(100),
                storage_items: 3,
            }),
            after: None,
        },
        StateChange::Storage {
            address,
            key: Bytes(b"total".to_vec()),
            before: bytes(1),
            after: bytes(2),
        },
        StateChange::System {
            address: AddressText::new(Hrp::Dev, argosy_primitives::Address::SYSTEM),
            key: Bytes(vec![2]),
            before: None,
            after: bytes(1),
        },
    ]
}

pub(crate) fn trace(at: At) -> TraceAnswer {
    TraceAnswer {
        at,
        tx_id: None,
        index: None,
        status: Status(StatusCode::Reverted),
        action: 0,
        data: Bytes(vec![0, 1]),
        reason: Some("words".to_owned()),
        gas_used: Decimal(9_000),
        outside_gas: Decimal(7_000),
        fee: Decimal(9_000_000),
        deposit: Decimal(-5),
        frames: vec![frame(None, steps()), frame(Some(0), vec![])],
        changes: changes(),
        truncated: false,
    }
}

pub(crate) fn profile(at: At, tx_id: Text<TxId>) -> ProfileAnswer {
    let contract = contract();
    let function = ProfilePlace::Function {
        code: CODE,
        function: 12,
    };
    let frame = ProfilePlace::Frame {
        contract,
        code: Some(CODE),
    };
    let called = format!("call {contract}");
    let nodes = [
        (None, "transaction", ProfilePlace::Transaction),
        (Some(0), called.as_str(), frame),
        (Some(1), "func[12]", function),
        (Some(2), "storage_get", ProfilePlace::Import),
    ];
    let node = |(parent, name, place): (Option<u32>, &str, ProfilePlace)| ProfileNode {
        parent,
        name: name.to_owned(),
        place,
        gas: Decimal(2_000),
        calls: Decimal(1),
    };
    ProfileAnswer {
        at,
        tx_id,
        index: 0,
        status: Status(StatusCode::Success),
        gas_used: Decimal(8_000),
        nodes: nodes.map(node).to_vec(),
        modules: vec![ProfiledModule {
            code: CODE,
            functions: Text(Hash32::from_bytes([8; 32])),
        }],
        truncated: false,
    }
}
