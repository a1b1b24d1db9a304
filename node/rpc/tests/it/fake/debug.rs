//! What transactions did.

use argosy_primitives::{CodeHash, Hrp, TxId};
use argosy_rpc::{DebugPort, QueryCall};
use argosy_rpc_api::{
    AccountState, AddressText, BlockSelector, Bytes, CallFrame, Decimal, ImportUse, ProfileAnswer,
    ProfileNode, ProfilePlace, RpcError, StateChange, Status, StepAction, Text, TraceAnswer,
    TraceFrame, TraceStep,
};
use serde_json::json;

use super::{Example, FakeNode, HEAD, address, at, signed};

impl DebugPort for FakeNode {
    fn trace(&self, id: &TxId) -> Result<Option<TraceAnswer>, RpcError> {
        let call = QueryCall {
            contract: super::CONTRACT,
            caller: super::CONTRACT,
            funds: 0,
            message: vec![1],
            gas_limit: 9,
        };
        Ok(Some(TraceAnswer {
            tx_id: Some(Text(*id)),
            index: Some(0),
            ..trace(self, &call)
        }))
    }

    fn trace_call(&self, call: QueryCall, _: BlockSelector) -> Result<TraceAnswer, RpcError> {
        self.queries.lock().unwrap().push(call.clone());
        Ok(trace(self, &call))
    }

    fn profile(&self, id: &TxId) -> Result<Option<ProfileAnswer>, RpcError> {
        let node = |parent, name: &str, place| ProfileNode {
            parent,
            name: name.to_owned(),
            place,
            gas: Decimal(3),
            calls: Decimal(1),
        };
        let contract = AddressText::new(Hrp::Dev, super::CONTRACT);
        let (code, function) = (Text(CodeHash::ZERO), 7);
        Ok(Some(ProfileAnswer {
            at: at(HEAD),
            tx_id: Text(*id),
            index: 0,
            status: Status(self.status),
            gas_used: Decimal(9),
            nodes: vec![
                node(None, "transaction", ProfilePlace::Transaction),
                node(
                    Some(0),
                    "call",
                    ProfilePlace::Frame {
                        contract,
                        code: Some(code),
                    },
                ),
                node(
                    Some(1),
                    "func[7]",
                    ProfilePlace::Function { code, function },
                ),
            ],
            modules: Vec::new(),
            truncated: false,
        }))
    }
}

fn trace(node: &FakeNode, call: &QueryCall) -> TraceAnswer {
    let contract = AddressText::new(Hrp::Dev, call.contract);
    let (status, nine) = (Status(node.status), Decimal(9));
    let state = |balance| AccountState {
        balance: Decimal(balance),
        nonce: Decimal(0),
        deposit: Decimal(0),
    };
    TraceAnswer {
        at: at(HEAD),
        tx_id: None,
        index: None,
        status,
        action: 0,
        data: Bytes(call.message.clone()),
        reason: None,
        gas_used: nine,
        outside_gas: Decimal(2),
        fee: Decimal(0),
        deposit: Decimal(0),
        frames: vec![TraceFrame {
            parent: None,
            depth: 1,
            caller: AddressText::new(Hrp::Dev, call.caller),
            funds: Decimal(call.funds),
            code: None,
            call: CallFrame {
                contract,
                entry: "call".to_owned(),
                method: None,
                args: None,
                call: None,
                message: Some(Bytes(call.message.clone())),
                status,
                gas_used: Decimal(7),
                data: None,
                decoded: None,
                reason: None,
            },
            gas_limit: Decimal(call.gas_limit),
            own_gas: Decimal(7),
            imports: vec![ImportUse {
                import: "storage_remove".to_owned(),
                calls: Decimal(1),
                gas: Decimal(4),
            }],
            steps: vec![TraceStep {
                import: "storage_remove".to_owned(),
                gas: Decimal(4),
                action: StepAction::Remove {
                    key: Some(Bytes(vec![1])),
                },
            }],
        }],
        changes: vec![StateChange::Account {
            address: contract,
            before: Some(state(5)),
            after: Some(state(7)),
        }],
        truncated: false,
    }
}

/// Calls of each method of this group, as [`super::examples`] has them.
pub(super) fn examples() -> Vec<Example> {
    let id = json!(Text(signed(0).id()));
    let contract = json!(address(7));
    let call = vec![
        contract.clone(),
        json!("0x0102"),
        contract,
        json!("5"),
        json!("1000"),
        json!("earliest"),
    ];
    vec![
        ("debug_traceTransaction", vec![id.clone()]),
        ("debug_traceCall", call),
        ("debug_profileTransaction", vec![id]),
    ]
}
