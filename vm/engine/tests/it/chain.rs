//! The smallest chain on which contracts can call each other.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use argosy_primitives::{
    AbiKind, Address, Balance, CodeHash, Gas, GenesisHash, StatusCode, blake3,
};
use argosy_spec::ChainSpec;
use argosy_vm_abi::{Capabilities, Entry};
use argosy_vm_engine::Engine;
use argosy_vm_host::{
    CallContext, CallOutcome, CallRequest, Direction, Execution, Host, HostError, HostFault,
    InstantiateOutcome, InstantiateRequest, Invocation, RangeRequest, RangeStep, RangeVisitor,
    UpgradeRequest,
};

pub(crate) const GAS: Gas = 10_000_000;

pub(crate) static SPEC: LazyLock<ChainSpec> = LazyLock::new(ChainSpec::dev);

type Storage = BTreeMap<(Address, Vec<u8>), Arc<[u8]>>;

/// Contracts by address byte, and what they stored.
pub(crate) struct Chain {
    pub(crate) engine: Arc<Engine>,
    contracts: BTreeMap<Address, (CodeHash, Arc<[u8]>)>,
    pub(crate) storage: Storage,
    pub(crate) events: Vec<Vec<u8>>,
    pub(crate) log: Vec<String>,
    pub(crate) depth: u32,
    /// Set: the store is broken.
    pub(crate) broken: bool,
}

pub(crate) fn address(byte: u8) -> Address {
    Address::from_bytes([byte; 32])
}

impl Chain {
    pub(crate) fn new() -> Chain {
        Chain::with_engine(Arc::new(Engine::new(&SPEC)))
    }

    pub(crate) fn with_engine(engine: Arc<Engine>) -> Chain {
        Chain {
            engine,
            contracts: BTreeMap::new(),
            storage: BTreeMap::new(),
            events: Vec::new(),
            log: Vec::new(),
            depth: 0,
            broken: false,
        }
    }

    /// A chain with one contract, at address 1.
    #[track_caller]
    pub(crate) fn of(wat: &str) -> Chain {
        let mut chain = Chain::new();
        chain.deploy(1, wat);
        chain
    }

    #[track_caller]
    pub(crate) fn deploy(&mut self, byte: u8, wat: &str) {
        let code = wat::parse_str(wat).expect("well-formed text");
        let (abi, prepared) = self
            .engine
            .prepare(&code)
            .unwrap_or_else(|refusal| panic!("{refusal:?}"));
        assert_eq!(abi, AbiKind::Native);
        let hash = CodeHash::from_bytes(blake3(&code));
        let bytes = prepared.bytes.into();
        self.contracts.insert(address(byte), (hash, bytes));
    }

    /// Runs `call` of contract 1 with plenty of gas.
    pub(crate) fn call(&mut self, input: &[u8]) -> Execution {
        self.run(Entry::Call, input, GAS).expect("no fault")
    }

    /// Runs an entry of contract 1.
    pub(crate) fn run(
        &mut self,
        entry: Entry,
        input: &[u8],
        gas: Gas,
    ) -> Result<Execution, HostFault> {
        self.frame(address(0), address(1), entry, input, gas)
    }

    fn frame(
        &mut self,
        caller: Address,
        contract: Address,
        entry: Entry,
        input: &[u8],
        gas: Gas,
    ) -> Result<Execution, HostFault> {
        let (hash, bytes) = self.contracts[&contract].clone();
        let engine = self.engine.clone();
        let module = engine.load(&hash, AbiKind::Native, || Ok(bytes))?;
        let context = CallContext {
            chain: GenesisHash::from_bytes([9; 32]),
            height: 1,
            time_ms: 2,
            signer: address(0),
            caller,
            contract,
            funds: 0,
            capabilities: Capabilities::ALL,
            read_only: entry == Entry::Query,
        };
        let before = (self.storage.clone(), self.events.len());
        let input = input.to_vec();
        let invocation = Invocation { entry, input };
        let mut host = Frame {
            chain: self,
            context,
        };
        let execution = engine.execute(&module, invocation, gas, &mut host)?;
        if execution.status != StatusCode::Success {
            self.storage = before.0;
            self.events.truncate(before.1);
        }
        Ok(execution)
    }
}

/// One frame on the chain.
struct Frame<'a> {
    chain: &'a mut Chain,
    context: CallContext,
}

impl Frame<'_> {
    fn key(&self, key: &[u8]) -> (Address, Vec<u8>) {
        (self.context.contract, key.to_vec())
    }
}

fn refused(status: StatusCode) -> CallOutcome {
    CallOutcome {
        status,
        gas_used: 0,
        data: Vec::new(),
    }
}

impl Host for Frame<'_> {
    fn context(&self) -> &CallContext {
        &self.context
    }

    fn balance(&mut self, address: &Address) -> Result<Balance, HostFault> {
        Ok(Balance::from(address.as_bytes()[0]))
    }

    fn storage_get(&mut self, key: &[u8]) -> Result<Option<Arc<[u8]>>, HostFault> {
        if self.chain.broken {
            return Err(HostFault::new("the store is broken"));
        }
        assert!(key != b"panic", "a bug of the host");
        Ok(self.chain.storage.get(&self.key(key)).cloned())
    }

    fn storage_set(&mut self, key: &[u8], value: &[u8]) -> Result<(), HostError> {
        let key = self.key(key);
        self.chain.storage.insert(key, value.into());
        Ok(())
    }

    fn storage_remove(&mut self, key: &[u8]) -> Result<bool, HostError> {
        let key = self.key(key);
        Ok(self.chain.storage.remove(&key).is_some())
    }

    fn storage_range(
        &mut self,
        range: &RangeRequest<'_>,
        visit: &mut RangeVisitor<'_>,
    ) -> Result<(), HostFault> {
        let own = |(contract, _): &&(Address, Vec<u8>)| *contract == self.context.contract;
        let keys = self.chain.storage.keys().filter(own);
        let inside = |key: &[u8]| key >= range.start && range.end.is_none_or(|end| key < end);
        let mut keys: Vec<_> = keys.filter(|(_, key)| inside(key)).collect();
        if range.direction == Direction::Descending {
            keys.reverse();
        }
        for key in keys {
            let (key, value) = (&key.1[..], &self.chain.storage[key][..]);
            if visit(RangeStep::Entry { key, value }) == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(())
    }

    fn transfer(&mut self, _: &Address, _: Balance) -> Result<StatusCode, HostFault> {
        Ok(StatusCode::InsufficientBalance)
    }

    fn call(&mut self, request: &CallRequest<'_>) -> Result<CallOutcome, HostFault> {
        if !self.chain.contracts.contains_key(&request.to) {
            return Ok(refused(StatusCode::ContractNotFound));
        }
        if self.chain.depth + 1 >= SPEC.limits.call_depth_max {
            return Ok(refused(StatusCode::CallDepth));
        }
        let entry = if request.read_only {
            Entry::Query
        } else {
            Entry::Call
        };
        let caller = self.context.contract;
        self.chain.depth += 1;
        let ended = self
            .chain
            .frame(caller, request.to, entry, request.input, request.gas);
        self.chain.depth -= 1;
        let execution = ended?;
        Ok(CallOutcome {
            status: execution.status,
            gas_used: execution.gas_used,
            data: execution.data,
        })
    }

    fn instantiate(&mut self, _: &InstantiateRequest<'_>) -> Result<InstantiateOutcome, HostFault> {
        Ok(InstantiateOutcome {
            address: None,
            outcome: refused(StatusCode::CodeNotFound),
        })
    }

    fn upgrade(&mut self, _: &UpgradeRequest<'_>) -> Result<CallOutcome, HostFault> {
        Ok(refused(StatusCode::CodeNotFound))
    }

    fn emit(&mut self, _: &[[u8; 32]], data: &[u8]) -> Result<(), HostError> {
        self.chain.events.push(data.to_vec());
        Ok(())
    }

    fn log(&mut self, line: &str) {
        self.chain.log.push(line.into());
    }
}
