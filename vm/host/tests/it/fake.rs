//! A guest that is only memory and a meter, and a chain that records what it is asked to do.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use argosy_primitives::{Address, Balance, Gas, GenesisHash, StatusCode};
use argosy_spec::ChainSpec;
use argosy_vm_abi::{Capabilities, Entry, Import};
use argosy_vm_host::{
    AbiAdapter, CallContext, CallOutcome, CallRequest, Direction, Facts, Guest, Host, HostError,
    HostFault, InstantiateOutcome, InstantiateRequest, Invocation, Native, OutOfGas, Question,
    RangeRequest, RangeStep, RangeVisitor, ReplyRequest, Session, Stop, UpgradeRequest,
};

pub(crate) const PLENTY: Gas = 1_000_000_000;
pub(crate) const MEMORY_BYTES: usize = 4096;

pub(crate) struct FakeGuest {
    pub(crate) memory: Vec<u8>,
    pub(crate) gas: Gas,
}

impl Guest for FakeGuest {
    fn memory(&mut self) -> &mut [u8] {
        &mut self.memory
    }

    fn gas_left(&mut self) -> Gas {
        self.gas
    }

    fn charge(&mut self, amount: Gas) -> Result<(), OutOfGas> {
        match self.gas.checked_sub(amount) {
            Some(left) => {
                self.gas = left;
                Ok(())
            }
            None => {
                self.gas = 0;
                Err(OutOfGas)
            }
        }
    }

    fn params_of(&mut self, _: &str) -> Option<usize> {
        panic!("the native ABI never asks for an export's type")
    }

    fn invoke(&mut self, _: &str, _: &[i64]) -> Result<Option<i64>, Stop> {
        panic!("the native ABI never calls back into the instance")
    }
}

/// What the chain was asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Set(Vec<u8>, Vec<u8>),
    Remove(Vec<u8>),
    Transfer(Address, Balance),
    Emit(Vec<[u8; 32]>, Vec<u8>),
    Log(String),
    Call {
        gas: Gas,
        funds: Balance,
        input: Vec<u8>,
        allow_reentry: bool,
        read_only: bool,
    },
    Instantiate {
        admin: Option<Address>,
        gas: Gas,
    },
    Upgrade {
        gas: Gas,
    },
}

impl Effect {
    /// A sub-call is undone by its caller's frame, and may run before its cost is known.
    pub(crate) fn is_frame(&self) -> bool {
        matches!(
            self,
            Effect::Call { .. } | Effect::Instantiate { .. } | Effect::Upgrade { .. }
        )
    }
}

pub(crate) struct FakeHost {
    pub(crate) context: CallContext,
    pub(crate) storage: BTreeMap<Vec<u8>, Arc<[u8]>>,
    pub(crate) outcome: CallOutcome,
    pub(crate) refusal: Option<StatusCode>,
    /// Keys removed in this block, all before the first entry.
    pub(crate) removed: usize,
    pub(crate) effects: Vec<Effect>,
}

pub(crate) const CREATED: Address = Address::from_bytes([0xcc; 32]);

impl FakeHost {
    /// How a sub-call that was given `gas` ends; one that used `u64::MAX` broke the rules.
    fn answer(&self, gas: Gas) -> CallOutcome {
        let mut outcome = self.outcome.clone();
        if outcome.gas_used != u64::MAX {
            outcome.gas_used = outcome.gas_used.min(gas);
        }
        outcome
    }

    fn act(&mut self, effect: Effect) -> Result<(), HostError> {
        if let Some(status) = self.refusal {
            return Err(HostError::Refused(status));
        }
        self.effects.push(effect);
        Ok(())
    }
}

impl Host for FakeHost {
    fn context(&self) -> &CallContext {
        &self.context
    }

    fn balance(&mut self, address: &Address) -> Result<Balance, HostFault> {
        Ok(Balance::from(address.as_bytes()[0]))
    }

    fn storage_get(&mut self, key: &[u8]) -> Result<Option<Arc<[u8]>>, HostFault> {
        Ok(self.storage.get(key).cloned())
    }

    fn storage_set(&mut self, key: &[u8], value: &[u8]) -> Result<(), HostError> {
        self.act(Effect::Set(key.to_vec(), value.to_vec()))
    }

    fn storage_remove(&mut self, key: &[u8]) -> Result<bool, HostError> {
        self.act(Effect::Remove(key.to_vec()))?;
        Ok(self.storage.contains_key(key))
    }

    fn storage_range(
        &mut self,
        range: &RangeRequest<'_>,
        visit: &mut RangeVisitor<'_>,
    ) -> Result<(), HostFault> {
        let inside = |key: &[u8]| key >= range.start && range.end.is_none_or(|end| key < end);
        let mut found: Vec<_> = self.storage.iter().filter(|(key, _)| inside(key)).collect();
        if range.direction == Direction::Descending {
            found.reverse();
        }
        for _ in 0..self.removed {
            if visit(RangeStep::Removed) == ControlFlow::Break(()) {
                return Ok(());
            }
        }
        for (key, value) in found {
            if visit(RangeStep::Entry { key, value }) == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(())
    }

    fn transfer(&mut self, to: &Address, amount: Balance) -> Result<StatusCode, HostFault> {
        self.effects.push(Effect::Transfer(*to, amount));
        Ok(self.outcome.status)
    }

    fn call(&mut self, request: &CallRequest<'_>) -> Result<CallOutcome, HostFault> {
        self.effects.push(Effect::Call {
            gas: request.gas,
            funds: request.funds,
            input: request.input.to_vec(),
            allow_reentry: request.allow_reentry,
            read_only: request.read_only,
        });
        Ok(self.answer(request.gas))
    }

    fn instantiate(
        &mut self,
        request: &InstantiateRequest<'_>,
    ) -> Result<InstantiateOutcome, HostFault> {
        let admin = request.admin;
        let gas = request.gas;
        self.effects.push(Effect::Instantiate { admin, gas });
        let succeeded = self.outcome.status == StatusCode::Success;
        Ok(InstantiateOutcome {
            address: succeeded.then_some(CREATED),
            outcome: self.answer(gas),
        })
    }

    fn upgrade(&mut self, request: &UpgradeRequest<'_>) -> Result<CallOutcome, HostFault> {
        self.effects.push(Effect::Upgrade { gas: request.gas });
        Ok(self.answer(request.gas))
    }

    fn reply(&mut self, _: &ReplyRequest<'_>) -> Result<CallOutcome, HostFault> {
        panic!("the native ABI never asks this")
    }

    fn set_admin(&mut self, _: &Address, _: Option<Address>) -> Result<StatusCode, HostFault> {
        panic!("the native ABI never asks this")
    }

    fn look_up(&mut self, _: &Question) -> Result<Facts, HostFault> {
        panic!("the native ABI never asks this")
    }

    fn emit(&mut self, topics: &[[u8; 32]], data: &[u8]) -> Result<(), HostError> {
        self.act(Effect::Emit(topics.to_vec(), data.to_vec()))
    }

    fn log(&mut self, line: &str) {
        self.effects.push(Effect::Log(line.into()));
    }
}

/// A frame: guest, chain and session of the native ABI.
pub(crate) struct Stage {
    pub(crate) spec: ChainSpec,
    pub(crate) guest: FakeGuest,
    pub(crate) host: FakeHost,
    pub(crate) session: Box<dyn Session>,
}

impl Stage {
    pub(crate) fn new() -> Stage {
        static SPEC: LazyLock<ChainSpec> = LazyLock::new(ChainSpec::dev);
        Stage::with_spec(SPEC.clone())
    }

    pub(crate) fn with_spec(spec: ChainSpec) -> Stage {
        let native = Native::new(&spec.limits, &spec.host_prices);
        let session = native.start(Invocation {
            entry: Entry::Call,
            input: b"the input".to_vec(),
        });
        let context = CallContext {
            chain: GenesisHash::from_bytes([1; 32]),
            height: 7,
            time_ms: 8,
            signer: Address::from_bytes([2; 32]),
            caller: Address::from_bytes([3; 32]),
            contract: Address::from_bytes([4; 32]),
            funds: 5,
            capabilities: Capabilities::ALL,
            read_only: false,
        };
        let outcome = CallOutcome {
            status: StatusCode::Success,
            gas_used: 1_000,
            data: b"returned".to_vec(),
        };
        let memory = (0..MEMORY_BYTES).map(|at| at as u8 | 1).collect();
        Stage {
            spec,
            guest: FakeGuest {
                memory,
                gas: PLENTY,
            },
            host: FakeHost {
                context,
                storage: BTreeMap::new(),
                outcome,
                refusal: None,
                removed: 0,
                effects: Vec::new(),
            },
            session,
        }
    }

    pub(crate) fn import(&mut self, import: Import, args: &[i64]) -> Result<i64, Stop> {
        self.session
            .import(import as usize, args, &mut self.guest, &mut self.host)
    }

    /// Calls an import that succeeds.
    #[track_caller]
    pub(crate) fn run(&mut self, import: Import, args: &[i64]) -> i64 {
        self.import(import, args)
            .unwrap_or_else(|stop| panic!("{import:?} ended the frame: {stop:?}"))
    }

    pub(crate) fn put(&mut self, ptr: usize, bytes: &[u8]) -> i64 {
        self.guest.memory[ptr..ptr + bytes.len()].copy_from_slice(bytes);
        ptr as i64
    }

    pub(crate) fn at(&self, ptr: i64, len: usize) -> &[u8] {
        &self.guest.memory[ptr as usize..ptr as usize + len]
    }

    /// The result register, read as a contract does.
    pub(crate) fn register(&mut self) -> Vec<u8> {
        let len = self.run(Import::ResultLen, &[]);
        self.run(Import::ResultRead, &[0, 0, len]);
        self.at(0, len as usize).to_vec()
    }
}
