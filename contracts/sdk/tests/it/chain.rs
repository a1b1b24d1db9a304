//! The port behind the engine, faked: one contract, and a record of what it asked for.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use argosy_contract::codec::Encode;
use argosy_contract::primitives::{
    AbiKind, Address, Balance, CodeHash, Event, Gas, GenesisHash, StatusCode,
};
use argosy_spec::ChainSpec;
use argosy_vm_abi::{Capabilities, Entry, selector_of};
use argosy_vm_engine::{Engine, LoadedModule, ModuleFacts};
use argosy_vm_host::{
    CallContext, CallOutcome, CallRequest, Direction, Execution, Facts, Host, HostError, HostFault,
    InstantiateOutcome, InstantiateRequest, Invocation, Place, Question, RangeRequest, RangeStep,
    RangeVisitor, ReplyRequest, UpgradeRequest,
};

pub(crate) static SPEC: LazyLock<ChainSpec> = LazyLock::new(ChainSpec::dev);
static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(&SPEC));

/// Gas of a frame, unless a test says otherwise.
pub(crate) const GAS: Gas = 2_000_000;

/// The bytes of `contracts/artifacts/<name>.wasm`.
pub(crate) fn artifact(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../artifacts");
    let path = folder.join(name).with_extension("wasm");
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}: ./x contracts --bless", path.display()))
}

/// What the chain finds in a module.
pub(crate) fn facts(code: &[u8]) -> ModuleFacts {
    let prepared = ENGINE
        .prepare(code)
        .unwrap_or_else(|refusal| panic!("{refusal}"));
    prepared.1.facts
}

/// One contract on the engine of the chain.
pub(crate) struct Chain {
    module: LoadedModule,
    pub(crate) context: CallContext,
    pub(crate) gas: Gas,
    pub(crate) storage: BTreeMap<Vec<u8>, Arc<[u8]>>,
    pub(crate) balances: BTreeMap<Address, Balance>,
    pub(crate) events: Vec<Event>,
    pub(crate) log: Vec<String>,
    /// What was asked for, as text.
    pub(crate) requests: Vec<String>,
    /// How sub-calls, creations and upgrades end.
    pub(crate) outcome: CallOutcome,
}

impl Chain {
    pub(crate) fn of(name: &str) -> Chain {
        let code = artifact(name);
        let (abi, prepared) = ENGINE.prepare(&code).expect("accepted");
        let bytes: Arc<[u8]> = prepared.bytes.into();
        let module = ENGINE.load(&CodeHash::of(&code), abi, || Ok(bytes.clone()));
        assert_eq!(abi, AbiKind::Native);
        Chain {
            module: module.expect("loads"),
            context: CallContext {
                chain: GenesisHash::from_bytes([1; 32]),
                height: 2,
                time_ms: 3,
                signer: Address::from_bytes([4; 32]),
                caller: Address::from_bytes([5; 32]),
                contract: Address::from_bytes([6; 32]),
                funds: 0,
                capabilities: prepared.facts.manifest.capabilities,
                read_only: false,
            },
            gas: GAS,
            storage: BTreeMap::new(),
            balances: BTreeMap::new(),
            events: Vec::new(),
            log: Vec::new(),
            requests: Vec::new(),
            outcome: CallOutcome {
                status: StatusCode::Success,
                gas_used: 10,
                data: b"outcome".to_vec(),
            },
        }
    }

    /// Runs a message. What a failed one did stays: this is no executor.
    pub(crate) fn run(&mut self, entry: Entry, method: &str, arguments: &impl Encode) -> Execution {
        let mut input = selector_of(method).to_vec();
        arguments.encode_to(&mut input);
        self.run_raw(entry, input)
    }

    pub(crate) fn run_raw(&mut self, entry: Entry, input: Vec<u8>) -> Execution {
        self.context.read_only = entry == Entry::Query;
        let (module, gas) = (self.module.clone(), self.gas);
        let invocation = Invocation { entry, input };
        ENGINE
            .execute(&module, invocation, gas, self)
            .expect("no fault")
    }

    /// Runs a message that must succeed; what it returned.
    #[track_caller]
    pub(crate) fn succeed(
        &mut self,
        entry: Entry,
        method: &str,
        arguments: &impl Encode,
    ) -> Vec<u8> {
        let execution = self.run(entry, method, arguments);
        assert_eq!(execution.status, StatusCode::Success, "{execution:?}");
        execution.data
    }

    pub(crate) fn forbid_everything(&mut self) {
        self.context.capabilities = Capabilities::NONE;
    }
}

impl Host for Chain {
    fn context(&self) -> &CallContext {
        &self.context
    }

    fn balance(&mut self, address: &Address) -> Result<Balance, HostFault> {
        Ok(self.balances.get(address).copied().unwrap_or(0))
    }

    fn storage_get(&mut self, key: &[u8]) -> Result<Option<Arc<[u8]>>, HostFault> {
        Ok(self.storage.get(key).cloned())
    }

    fn storage_set(&mut self, key: &[u8], value: &[u8]) -> Result<(), HostError> {
        self.storage.insert(key.to_vec(), value.into());
        Ok(())
    }

    fn storage_remove(&mut self, key: &[u8]) -> Result<bool, HostError> {
        Ok(self.storage.remove(key).is_some())
    }

    fn storage_range(
        &mut self,
        range: &RangeRequest<'_>,
        visit: &mut RangeVisitor<'_>,
    ) -> Result<(), HostFault> {
        let end = range.end.map_or(Bound::Unbounded, Bound::Excluded);
        let mut found: Vec<_> = self
            .storage
            .range::<[u8], _>((Bound::Included(range.start), end))
            .collect();
        if range.direction == Direction::Descending {
            found.reverse();
        }
        for (key, value) in found.into_iter().take(range.limit as usize) {
            if let ControlFlow::Break(()) = visit(RangeStep::Entry { key, value }) {
                break;
            }
        }
        Ok(())
    }

    fn transfer(&mut self, to: &Address, amount: Balance) -> Result<StatusCode, HostFault> {
        self.requests.push(format!("transfer {amount} to {to:?}"));
        Ok(self.outcome.status)
    }

    fn call(&mut self, request: &CallRequest<'_>) -> Result<CallOutcome, HostFault> {
        let gas = if request.gas == 77 { "77" } else { "all" };
        self.requests.push(format!(
            "call {:?} funds {} gas {gas} reentry {} read-only {} input {:?}",
            request.to, request.funds, request.allow_reentry, request.read_only, request.input,
        ));
        Ok(self.outcome.clone())
    }

    fn instantiate(
        &mut self,
        request: &InstantiateRequest<'_>,
    ) -> Result<InstantiateOutcome, HostFault> {
        let Place::Salted(salt) = request.place else {
            return Err(HostFault::new("native contracts bring a salt"));
        };
        self.requests.push(format!(
            "instantiate {} salt {} admin {:?} funds {} input {:?}",
            request.code, salt[0], request.admin, request.funds, request.input,
        ));
        let is_made = self.outcome.status.is_success();
        Ok(InstantiateOutcome {
            address: is_made.then_some(Address::from_bytes([9; 32])),
            outcome: self.outcome.clone(),
        })
    }

    fn upgrade(&mut self, request: &UpgradeRequest<'_>) -> Result<CallOutcome, HostFault> {
        self.requests.push(format!(
            "upgrade {} input {:?}",
            request.code, request.input
        ));
        Ok(self.outcome.clone())
    }

    fn reply(&mut self, _: &ReplyRequest<'_>) -> Result<CallOutcome, HostFault> {
        Err(HostFault::new("the native ABI never asks this"))
    }

    fn set_admin(&mut self, _: &Address, _: Option<Address>) -> Result<StatusCode, HostFault> {
        Err(HostFault::new("the native ABI never asks this"))
    }

    fn look_up(&mut self, _: &Question) -> Result<Facts, HostFault> {
        Err(HostFault::new("the native ABI never asks this"))
    }

    fn emit(&mut self, topics: &[[u8; 32]], data: &[u8]) -> Result<(), HostError> {
        self.events.push(Event {
            contract: self.context.contract,
            topics: topics.to_vec(),
            data: data.to_vec(),
        });
        Ok(())
    }

    fn log(&mut self, line: &str) {
        self.log.push(line.to_owned());
    }
}
