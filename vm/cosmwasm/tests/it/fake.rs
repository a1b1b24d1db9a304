//! A guest and a chain in memory, and a frame over both.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use argosy_primitives::{Address, Balance, Gas, GenesisHash, StatusCode};
use argosy_spec::ChainSpec;
use argosy_vm_abi::{Capabilities, Entry};
use argosy_vm_cosmwasm::{CosmWasm, Import};
use argosy_vm_host::{
    AbiAdapter, CallContext, CallOutcome, CallRequest, Direction, Facts, Guest, Host, HostError,
    HostFault, InstantiateOutcome, InstantiateRequest, Invocation, OutOfGas, Question,
    RangeRequest, RangeStep, RangeVisitor, ReplyRequest, Session, Stop, TrapKind, UpgradeRequest,
};

const MEMORY_BYTES: usize = 1 << 20;
pub(crate) const PLENTY: Gas = 1_000_000_000;

pub(crate) static SPEC: LazyLock<ChainSpec> = LazyLock::new(ChainSpec::dev);

/// What the guest's allocator does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allocator {
    Honest,
    /// Returns the null pointer.
    Null,
    /// Returns nothing at all.
    Mute,
    /// Returns room for one byte less.
    Short,
    /// Returns a region that lies outside the memory.
    Outside,
    Traps,
}

/// A memory with an allocator that never frees.
pub(crate) struct FakeGuest {
    pub(crate) memory: Vec<u8>,
    pub(crate) gas: Gas,
    pub(crate) allocator: Allocator,
    free: usize,
}

impl FakeGuest {
    fn allocate(&mut self, capacity: usize) -> i64 {
        let ptr = self.free;
        self.free += 12 + capacity;
        self.set_region(ptr, [ptr as u32 + 12, capacity as u32, 0]);
        ptr as i64
    }

    pub(crate) fn set_region(&mut self, ptr: usize, words: [u32; 3]) {
        let bytes = words.map(u32::to_le_bytes).concat();
        self.memory[ptr..ptr + 12].copy_from_slice(&bytes);
    }
}

impl Guest for FakeGuest {
    fn memory(&mut self) -> &mut [u8] {
        &mut self.memory
    }

    fn gas_left(&mut self) -> Gas {
        self.gas
    }

    fn charge(&mut self, amount: Gas) -> Result<(), OutOfGas> {
        let left = self.gas.checked_sub(amount);
        self.gas = left.unwrap_or(0);
        left.map(drop).ok_or(OutOfGas)
    }

    fn params_of(&mut self, _: &str) -> Option<usize> {
        None
    }

    fn invoke(&mut self, export: &str, args: &[i64]) -> Result<Option<i64>, Stop> {
        assert_eq!((export, args.len()), ("allocate", 1));
        let size = usize::try_from(args[0]).expect("a size");
        match self.allocator {
            Allocator::Honest => Ok(Some(self.allocate(size))),
            Allocator::Null => Ok(Some(0)),
            Allocator::Mute => Ok(None),
            Allocator::Short => Ok(Some(self.allocate(size - 1))),
            Allocator::Outside => {
                let ptr = self.allocate(size);
                let edge = self.memory.len() as u32;
                self.set_region(ptr as usize, [edge - 1, size as u32 + 1, 0]);
                Ok(Some(ptr))
            }
            Allocator::Traps => Err(Stop::Trapped(TrapKind::Unreachable)),
        }
    }
}

/// Storage, and what was done to it.
pub(crate) struct FakeHost {
    pub(crate) context: CallContext,
    pub(crate) storage: BTreeMap<Vec<u8>, Arc<[u8]>>,
    pub(crate) log: Vec<String>,
    /// Range reads.
    pub(crate) reads: u32,
}

const UNASKED: &str = "no test of imports asks this";

impl Host for FakeHost {
    fn context(&self) -> &CallContext {
        &self.context
    }

    fn balance(&mut self, _: &Address) -> Result<Balance, HostFault> {
        Err(HostFault::new(UNASKED))
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
        self.reads += 1;
        let inside = |key: &[u8]| key >= range.start && range.end.is_none_or(|end| key < end);
        let mut found: Vec<_> = self.storage.iter().filter(|(key, _)| inside(key)).collect();
        if range.direction == Direction::Descending {
            found.reverse();
        }
        for (key, value) in found.into_iter().take(range.limit as usize) {
            if visit(RangeStep::Entry { key, value }) == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(())
    }

    fn transfer(&mut self, _: &Address, _: Balance) -> Result<StatusCode, HostFault> {
        Err(HostFault::new(UNASKED))
    }

    fn call(&mut self, _: &CallRequest<'_>) -> Result<CallOutcome, HostFault> {
        Err(HostFault::new(UNASKED))
    }

    fn instantiate(&mut self, _: &InstantiateRequest<'_>) -> Result<InstantiateOutcome, HostFault> {
        Err(HostFault::new(UNASKED))
    }

    fn upgrade(&mut self, _: &UpgradeRequest<'_>) -> Result<CallOutcome, HostFault> {
        Err(HostFault::new(UNASKED))
    }

    fn reply(&mut self, _: &ReplyRequest<'_>) -> Result<CallOutcome, HostFault> {
        Err(HostFault::new(UNASKED))
    }

    fn set_admin(&mut self, _: &Address, _: Option<Address>) -> Result<StatusCode, HostFault> {
        Err(HostFault::new(UNASKED))
    }

    fn look_up(&mut self, _: &Question) -> Result<Facts, HostFault> {
        Err(HostFault::new(UNASKED))
    }

    fn emit(&mut self, _: &[[u8; 32]], _: &[u8]) -> Result<(), HostError> {
        Err(HostFault::new(UNASKED).into())
    }

    fn log(&mut self, line: &str) {
        self.log.push(line.into());
    }
}

/// A frame: guest, chain and session.
pub(crate) struct Stage {
    pub(crate) guest: FakeGuest,
    pub(crate) host: FakeHost,
    session: Box<dyn Session>,
}

impl Stage {
    pub(crate) fn new() -> Stage {
        Stage::on(&SPEC)
    }

    /// A frame on the terms of a chain.
    pub(crate) fn on(spec: &ChainSpec) -> Stage {
        let session = CosmWasm::new(spec).start(Invocation {
            entry: Entry::Call,
            input: Vec::new(),
        });
        let context = CallContext {
            chain: GenesisHash::from_bytes([1; 32]),
            height: 7,
            time_ms: 8,
            signer: Address::from_bytes([2; 32]),
            caller: Address::from_bytes([3; 32]),
            contract: Address::from_bytes([4; 32]),
            funds: 0,
            capabilities: Capabilities::NONE,
            read_only: false,
        };
        Stage {
            guest: FakeGuest {
                memory: vec![0; MEMORY_BYTES],
                gas: PLENTY,
                allocator: Allocator::Honest,
                free: 1_024,
            },
            host: FakeHost {
                context,
                storage: BTreeMap::new(),
                log: Vec::new(),
                reads: 0,
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

    /// Calls an import whose arguments are data.
    #[track_caller]
    pub(crate) fn run_on(&mut self, import: Import, data: &[&[u8]]) -> i64 {
        let args: Vec<_> = data.iter().map(|it| self.put(it)).collect();
        self.run(import, &args)
    }

    /// A region with these bytes.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> i64 {
        let ptr = self.room(bytes.len());
        let at = ptr as usize + 12;
        self.guest.memory[at..at + bytes.len()].copy_from_slice(bytes);
        let words = [at as u32, bytes.len() as u32, bytes.len() as u32];
        self.guest.set_region(ptr as usize, words);
        ptr
    }

    /// A region with room for so many bytes.
    pub(crate) fn room(&mut self, capacity: usize) -> i64 {
        self.guest.allocate(capacity)
    }

    /// What a region holds.
    pub(crate) fn at(&self, ptr: i64) -> &[u8] {
        let ptr = usize::try_from(ptr).expect("a pointer");
        let memory = &self.guest.memory;
        let word = |at: usize| {
            let bytes = memory[at..at + 4].try_into().expect("four bytes");
            u32::from_le_bytes(bytes) as usize
        };
        &memory[word(ptr)..word(ptr) + word(ptr + 8)]
    }
}
