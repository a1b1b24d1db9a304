//! The smallest chain on which contracts can call each other. It runs every call on each of its
//! engines from the same state, and insists that they agree.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use argosy_primitives::{
    AbiKind, Address, Balance, CodeHash, Gas, GenesisHash, StatusCode, blake3,
};
use argosy_spec::ChainSpec;
use argosy_vm_abi::{Capabilities, Entry};
use argosy_vm_engine::{Engine, Refusal};
use argosy_vm_host::{
    CallContext, CallOutcome, CallRequest, ContractFacts, Direction, Execution, Facts, Host,
    HostError, HostFault, InstantiateOutcome, InstantiateRequest, Invocation, MigrationFacts,
    Question, RangeRequest, RangeStep, RangeVisitor, ReplyRequest, TierError, UpgradeRequest,
};

use crate::tiers::both_engines;

/// Gas of a call that is meant to end by itself.
pub const GAS: Gas = 10_000_000;

/// The terms of the development chain.
pub static SPEC: LazyLock<ChainSpec> = LazyLock::new(ChainSpec::dev);

type Key = (Address, Vec<u8>);
type Value = Arc<[u8]>;
type Storage = BTreeMap<Key, Value>;

/// Contracts by address byte, and what they stored.
pub struct Chain {
    engines: Vec<Arc<Engine>>,
    /// Which engine runs frames now.
    current: usize,
    contracts: BTreeMap<Address, Deployed>,
    /// What contracts stored.
    pub storage: Storage,
    /// What the frames that run have changed, oldest first: each key with what was there.
    undo: Vec<(Key, Option<Value>)>,
    /// Data of the events, in order.
    pub events: Vec<Vec<u8>>,
    /// What contracts asked for, on every engine.
    pub requests: u64,
    /// What contracts logged, on every engine.
    pub log: Vec<String>,
    depth: u32,
    /// Set: the store is broken.
    pub broken: bool,
    /// Who signs what contract 1 is called with.
    pub sender: Address,
}

/// A contract's code.
#[derive(Clone)]
struct Deployed {
    abi: AbiKind,
    hash: CodeHash,
    instrumented: Arc<[u8]>,
}

/// The address of a contract's number.
pub fn address(byte: u8) -> Address {
    Address::from_bytes([byte; 32])
}

impl Default for Chain {
    fn default() -> Chain {
        Chain::new()
    }
}

impl Chain {
    /// A chain without contracts, on both tiers.
    pub fn new() -> Chain {
        Chain::on(both_engines())
    }

    /// A chain without contracts on these engines, of which the first is right.
    pub fn on(engines: Vec<Arc<Engine>>) -> Chain {
        Chain {
            engines,
            current: 0,
            contracts: BTreeMap::new(),
            storage: BTreeMap::new(),
            undo: Vec::new(),
            events: Vec::new(),
            requests: 0,
            log: Vec::new(),
            depth: 0,
            broken: false,
            sender: address(0),
        }
    }

    /// A chain with one contract, at address 1.
    #[track_caller]
    pub fn of(wat: &str) -> Chain {
        let mut chain = Chain::new();
        chain.deploy(1, wat);
        chain
    }

    /// Puts a contract, accepted as an upload is, at an address.
    #[track_caller]
    pub fn deploy(&mut self, byte: u8, wat: &str) {
        let code = wat::parse_str(wat).expect("well-formed text");
        if let Err(refusal) = self.try_deploy(byte, &code) {
            panic!("{refusal}");
        }
    }

    /// As [`Self::deploy`], of a module that may be refused.
    pub fn try_deploy(&mut self, byte: u8, code: &[u8]) -> Result<(), Refusal> {
        let (abi, prepared) = self.engine().accept(code)?;
        let deployed = Deployed {
            abi,
            hash: CodeHash::from_bytes(blake3(code)),
            instrumented: prepared.bytes.into(),
        };
        self.contracts.insert(address(byte), deployed);
        Ok(())
    }

    /// Runs `call` of contract 1 with plenty of gas.
    pub fn call(&mut self, input: &[u8]) -> Execution {
        self.run(Entry::Call, input, GAS).expect("no fault")
    }

    /// Runs an entry of contract 1 on every engine.
    ///
    /// # Panics
    /// If the engines disagree.
    pub fn run(&mut self, entry: Entry, input: &[u8], gas: Gas) -> Result<Execution, HostFault> {
        let ended = self.compare(entry, input, gas);
        ended.unwrap_or_else(|difference| panic!("{difference}"))
    }

    /// As [`Self::run`]; `Err` outside if the engines disagree, and in what.
    pub fn compare(
        &mut self,
        entry: Entry,
        input: &[u8],
        gas: Gas,
    ) -> Result<Result<Execution, HostFault>, String> {
        if self.engines.len() == 1 {
            // Nothing to compare, and benches want no copies in their figures.
            self.depth = 0;
            return Ok(self.frame(self.sender, address(1), entry, input, gas));
        }
        let before = (self.storage.clone(), self.events.clone());
        let mut first = None;
        for current in 0..self.engines.len() {
            self.current = current;
            let (storage, events) = before.clone();
            (self.storage, self.events, self.depth) = (storage, events, 0);
            let execution = match self.frame(self.sender, address(1), entry, input, gas) {
                Ok(execution) => execution,
                Err(fault) => return Ok(Err(fault)),
            };
            let seen = Seen {
                outcome: (execution.status, execution.gas_used, execution.data.clone()),
                storage: self.storage.clone(),
                events: self.events.clone(),
            };
            match &first {
                None => first = Some((execution, seen)),
                Some((_, expected)) if seen == *expected => {}
                Some((_, expected)) => {
                    return Err(format!(
                        "engine 0: {expected:?}\nengine {current}: {seen:?}"
                    ));
                }
            }
        }
        Ok(Ok(first.expect("a chain has an engine").0))
    }

    /// The engine that runs frames now.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engines[self.current]
    }

    fn frame(
        &mut self,
        caller: Address,
        contract: Address,
        entry: Entry,
        input: &[u8],
        gas: Gas,
    ) -> Result<Execution, HostFault> {
        let code = self.contracts[&contract].clone();
        let engine = self.engine().clone();
        let module = engine.load(&code.hash, code.abi, || Ok(code.instrumented.clone()))?;
        let context = CallContext {
            chain: GenesisHash::from_bytes([9; 32]),
            height: 1,
            time_ms: 2,
            signer: self.sender,
            caller,
            contract,
            funds: 0,
            capabilities: Capabilities::ALL,
            read_only: entry == Entry::Query,
        };
        if self.depth == 0 {
            self.undo.clear();
        }
        let before = (self.undo.len(), self.events.len());
        let input = input.to_vec();
        let invocation = Invocation { entry, input };
        let mut host = Frame {
            chain: self,
            context,
        };
        let execution = match engine.execute(&module, invocation, gas, &mut host) {
            Ok(execution) => execution,
            Err(TierError::Fault(fault)) => return Err(fault),
            Err(error) => return Err(HostFault::new(error)),
        };
        if execution.status != StatusCode::Success {
            self.take_back(before.0);
            self.events.truncate(before.1);
        }
        Ok(execution)
    }

    fn change(&mut self, key: Key, value: Option<Value>) -> Option<Value> {
        let before = match value {
            Some(value) => self.storage.insert(key.clone(), value),
            None => self.storage.remove(&key),
        };
        self.undo.push((key, before.clone()));
        before
    }

    /// Takes back all changes but the first ones.
    fn take_back(&mut self, kept: usize) {
        for (key, before) in self.undo.drain(kept..).rev() {
            match before {
                Some(value) => self.storage.insert(key, value),
                None => self.storage.remove(&key),
            };
        }
    }
}

/// What engines must agree on.
#[derive(Debug, PartialEq)]
struct Seen {
    outcome: (StatusCode, Gas, Vec<u8>),
    storage: Storage,
    events: Vec<Vec<u8>>,
}

/// One frame on the chain.
struct Frame<'a> {
    chain: &'a mut Chain,
    context: CallContext,
}

impl Frame<'_> {
    /// A frame within this one.
    fn nested(
        &mut self,
        to: Address,
        entry: Entry,
        input: &[u8],
        gas: Gas,
    ) -> Result<CallOutcome, HostFault> {
        if self.chain.depth + 1 >= SPEC.limits.call_depth_max {
            return Ok(refused(StatusCode::CallDepth));
        }
        let caller = self.context.contract;
        self.chain.depth += 1;
        let ended = self.chain.frame(caller, to, entry, input, gas);
        self.chain.depth -= 1;
        let execution = ended?;
        Ok(CallOutcome {
            status: execution.status,
            gas_used: execution.gas_used,
            data: execution.data,
        })
    }

    fn key(&self, key: &[u8]) -> Key {
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
        self.chain.requests += 1;
        Ok(Balance::from(address.as_bytes()[0]))
    }

    fn storage_get(&mut self, key: &[u8]) -> Result<Option<Arc<[u8]>>, HostFault> {
        self.chain.requests += 1;
        if self.chain.broken {
            return Err(HostFault::new("the store is broken"));
        }
        assert!(key != b"panic", "a bug of the host");
        Ok(self.chain.storage.get(&self.key(key)).cloned())
    }

    fn storage_set(&mut self, key: &[u8], value: &[u8]) -> Result<(), HostError> {
        self.chain.requests += 1;
        let key = self.key(key);
        self.chain.change(key, Some(value.into()));
        Ok(())
    }

    fn storage_remove(&mut self, key: &[u8]) -> Result<bool, HostError> {
        self.chain.requests += 1;
        let key = self.key(key);
        Ok(self.chain.change(key, None).is_some())
    }

    fn storage_range(
        &mut self,
        range: &RangeRequest<'_>,
        visit: &mut RangeVisitor<'_>,
    ) -> Result<(), HostFault> {
        self.chain.requests += 1;
        let owner = range.owner.unwrap_or(self.context.contract);
        let own = |(contract, _): &&(Address, Vec<u8>)| *contract == owner;
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
        self.chain.requests += 1;
        Ok(StatusCode::InsufficientBalance)
    }

    fn call(&mut self, request: &CallRequest<'_>) -> Result<CallOutcome, HostFault> {
        self.chain.requests += 1;
        if !self.chain.contracts.contains_key(&request.to) {
            return Ok(refused(StatusCode::ContractNotFound));
        }
        let entry = if request.read_only {
            Entry::Query
        } else {
            Entry::Call
        };
        self.nested(request.to, entry, request.input, request.gas)
    }

    fn instantiate(&mut self, _: &InstantiateRequest<'_>) -> Result<InstantiateOutcome, HostFault> {
        self.chain.requests += 1;
        Ok(InstantiateOutcome {
            address: None,
            outcome: refused(StatusCode::CodeNotFound),
        })
    }

    fn upgrade(&mut self, _: &UpgradeRequest<'_>) -> Result<CallOutcome, HostFault> {
        self.chain.requests += 1;
        Ok(refused(StatusCode::CodeNotFound))
    }

    fn reply(&mut self, request: &ReplyRequest<'_>) -> Result<CallOutcome, HostFault> {
        self.chain.requests += 1;
        let own = self.context.contract;
        self.nested(own, Entry::Reply, request.input, request.gas)
    }

    fn set_admin(&mut self, _: &Address, _: Option<Address>) -> Result<StatusCode, HostFault> {
        self.chain.requests += 1;
        Ok(StatusCode::Unauthorized)
    }

    fn look_up(&mut self, question: &Question) -> Result<Facts, HostFault> {
        self.chain.requests += 1;
        Ok(match question {
            Question::Contract(contract) => {
                let found = self.chain.contracts.get(contract);
                Facts::Contract(found.map(|it| ContractFacts {
                    abi: it.abi,
                    code_id: 1,
                    creator: address(7),
                    admin: None,
                }))
            }
            Question::Code(_) => Facts::Code(None),
            Question::Stored(contract, key) => {
                let value = self.chain.storage.get(&(*contract, key.clone()));
                Facts::Stored(value.map(|it| it.to_vec()))
            }
            Question::EventCount => {
                Facts::EventCount(u32::try_from(self.chain.events.len()).unwrap_or(u32::MAX))
            }
            Question::EventsFrom(_) => Facts::Events(Vec::new()),
            Question::EventBytesFrom(_) => Facts::EventBytes(0),
            Question::Migration => Facts::Migration(MigrationFacts::default()),
            Question::Supply => Facts::Supply(0),
        })
    }

    fn emit(&mut self, _: &[[u8; 32]], data: &[u8]) -> Result<(), HostError> {
        self.chain.requests += 1;
        self.chain.events.push(data.to_vec());
        Ok(())
    }

    fn log(&mut self, line: &str) {
        self.chain.requests += 1;
        self.chain.log.push(line.into());
    }
}
