//! What a transaction did, as an answer: frames in the words of their ABIs, changes by kind, functions by
//! name.
//!
//! Always: bounded, as what it is made of is, and says if anything is left out.
//! Not here: executing (`chain`), and what ABIs say (`explain`).

use std::collections::BTreeMap;

use argosy_chain::{
    Account, Changed, ContractRecord, FunctionNames, Place, ProfileNode, Step, Traced,
    TracedAction, TracedFrame, function_names, functions_hash,
};
use argosy_primitives::{CodeHash, Hash32};
use argosy_proof::StateKey;
use argosy_rpc_api::{
    AccountState, Bytes, CallFrame, ContractState, Decimal, ImportUse, ProfilePlace,
    ProfiledModule, StateChange, Status, StepAction, Text, TraceAnswer, TraceFrame, TraceStep,
};

use crate::error::unread;
use crate::explain::Uploads;
use crate::read::Reader;

/// Changes in one answer.
const CHANGES_MAX: usize = 2_048;
/// Keys and values of all of them together, in bytes.
const CHANGES_BYTES_MAX: usize = 256 << 10;

impl Reader {
    /// The answer of what was executed on top of this head.
    pub(crate) fn trace_answer(&self, traced: Traced, uploads: Uploads<'_>) -> TraceAnswer {
        let told = self.told(&traced.frames, uploads);
        let frames = traced.frames.into_iter().zip(told);
        let frames = frames.map(|(frame, call)| self.trace_frame(frame, call));
        let changes = self.changes(&traced.changes);
        let receipt = traced.receipt;
        TraceAnswer {
            at: self.at(),
            tx_id: None,
            index: None,
            status: Status(receipt.status),
            action: receipt.action,
            data: Bytes(receipt.data),
            reason: traced.trace.reason,
            gas_used: Decimal(receipt.gas_used),
            outside_gas: Decimal(traced.outside_gas),
            fee: Decimal(receipt.fee),
            deposit: Decimal(receipt.deposit),
            frames: frames.collect(),
            truncated: traced.is_truncated || changes.len() < traced.changes.len(),
            changes,
        }
    }

    fn trace_frame(&self, frame: TracedFrame, call: CallFrame) -> TraceFrame {
        let imports = frame.imports.into_iter().map(|(import, used)| ImportUse {
            import: import.to_owned(),
            calls: Decimal(used.calls),
            gas: Decimal(used.gas),
        });
        TraceFrame {
            parent: frame.parent,
            depth: frame.depth,
            caller: self.text(frame.caller),
            funds: Decimal(frame.funds),
            code: frame.code.map(Text),
            call,
            gas_limit: Decimal(frame.gas_limit),
            own_gas: Decimal(frame.own_gas),
            imports: imports.collect(),
            steps: frame.steps.into_iter().map(|it| self.step(it)).collect(),
        }
    }

    fn step(&self, step: Step) -> TraceStep {
        let bytes = |it: Option<Vec<u8>>| it.map(Bytes);
        let action = match step.action {
            TracedAction::Read {
                key,
                is_found,
                value,
            } => StepAction::Read {
                key: bytes(key),
                found: is_found,
                value: bytes(value),
            },
            TracedAction::Write { key, value } => StepAction::Write {
                key: bytes(key),
                value: bytes(value),
            },
            TracedAction::Remove { key } => StepAction::Remove { key: bytes(key) },
            TracedAction::Range { start, end } => StepAction::Range {
                start: bytes(start),
                end: bytes(end),
            },
            TracedAction::Transfer { to, amount, status } => StepAction::Transfer {
                to: self.text(to),
                amount: Decimal(amount),
                status: Status(status),
            },
            TracedAction::Call { frame, status } => StepAction::Call {
                frame,
                status: Status(status),
            },
            TracedAction::Event { topics, data } => StepAction::Event {
                topics,
                data: bytes(data),
            },
            TracedAction::Log { text } => StepAction::Log { text },
        };
        TraceStep {
            import: step.import.to_owned(),
            gas: Decimal(step.gas),
            action,
        }
    }

    /// The first changes, as many as an answer holds.
    fn changes(&self, changed: &[Changed]) -> Vec<StateChange> {
        let mut bytes_left = CHANGES_BYTES_MAX;
        let size = |it: &Changed| {
            let values = [&it.before, &it.after].map(|it| it.as_ref().map_or(0, |it| it.len()));
            it.key.len() + values.iter().sum::<usize>()
        };
        let fits = |it: &&Changed| {
            let left = bytes_left.checked_sub(size(it));
            bytes_left = left.unwrap_or_default();
            left.is_some()
        };
        let first = changed.iter().take(CHANGES_MAX).take_while(fits);
        first.filter_map(|it| self.change(it)).collect()
    }

    /// A change in the words of its kind; `None`: of no kind that is known.
    pub(crate) fn change(&self, changed: &Changed) -> Option<StateChange> {
        let (address, key) = changed.place()?;
        let address = self.text(address);
        let (before, after) = (changed.before.as_deref(), changed.after.as_deref());
        let plain = |value: Option<&[u8]>| value.map(|it| Bytes(it.to_vec()));
        Some(match key {
            StateKey::Account => StateChange::Account {
                address,
                before: before.and_then(account),
                after: after.and_then(account),
            },
            StateKey::Contract => StateChange::Contract {
                address,
                before: before.and_then(|it| self.contract_state(it)),
                after: after.and_then(|it| self.contract_state(it)),
            },
            StateKey::Storage(key) => StateChange::Storage {
                address,
                key: Bytes(key.to_vec()),
                before: plain(before),
                after: plain(after),
            },
            StateKey::System(key) => StateChange::System {
                address,
                key: Bytes(key.to_vec()),
                before: plain(before),
                after: plain(after),
            },
        })
    }

    fn contract_state(&self, value: &[u8]) -> Option<ContractState> {
        let record = ContractRecord::from_value(value).ok()?;
        Some(ContractState {
            code: Text(record.code),
            admin: record.admin.map(|it| self.text(it)),
            deposit: Decimal(record.deposit),
            storage_bytes: Decimal(record.storage_bytes),
            storage_items: record.storage_items,
        })
    }

    /// The nodes of a profile with the names that their modules have for them.
    pub(crate) fn profile_nodes(
        &self,
        nodes: &[ProfileNode],
    ) -> (Vec<argosy_rpc_api::ProfileNode>, Vec<ProfiledModule>) {
        let mut modules: BTreeMap<CodeHash, Module> = BTreeMap::new();
        let nodes = nodes.iter().map(|node| {
            let (name, place) = match node.place {
                Place::Transaction => ("transaction".to_owned(), ProfilePlace::Transaction),
                Place::Frame {
                    contract,
                    code,
                    entry,
                } => {
                    let contract = self.text(contract);
                    let code = code.map(Text);
                    let name = format!("{} {contract}", entry.as_str());
                    (name, ProfilePlace::Frame { contract, code })
                }
                Place::Function { code, index } => {
                    let module = modules.entry(code).or_insert_with(|| self.module(&code));
                    let (code, function) = (Text(code), index);
                    let name = module.names.label(index);
                    (name, ProfilePlace::Function { code, function })
                }
                Place::Import(name) => (name.to_owned(), ProfilePlace::Import),
            };
            argosy_rpc_api::ProfileNode {
                parent: node.parent,
                name,
                place,
                gas: Decimal(node.gas),
                calls: Decimal(node.calls),
            }
        });
        let nodes = nodes.collect();
        let modules = modules.into_iter().filter_map(|(code, module)| {
            Some(ProfiledModule {
                code: Text(code),
                functions: Text(module.functions?),
            })
        });
        (nodes, modules.collect())
    }

    /// The functions of a module; nothing if it is gone.
    fn module(&self, code: &CodeHash) -> Module {
        let bytes = self.0.code_bytes(code).map_err(unread).ok().flatten();
        let Some(bytes) = bytes else {
            return Module::default();
        };
        let functions = functions_hash(&bytes).ok();
        Module {
            names: function_names(&bytes).unwrap_or_default(),
            functions: functions.map(Hash32::from_bytes),
        }
    }
}

/// The functions of a module.
#[derive(Default)]
struct Module {
    names: FunctionNames,
    functions: Option<Hash32>,
}

fn account(value: &[u8]) -> Option<AccountState> {
    let account = Account::from_value(value).ok()?;
    Some(AccountState {
        balance: Decimal(account.balance),
        nonce: Decimal(account.nonce),
        deposit: Decimal(account.deposit),
    })
}
