//! A foreign ABI in miniature: data goes through memory that the contract allocates, as in CosmWasm.

use std::sync::{Arc, Mutex};

use argosy_primitives::{AbiKind, Address, Balance, Gas, GenesisHash, StatusCode};
use argosy_spec::ChainSpec;
use argosy_vm_abi::{Capabilities, EXPORTS, Entry, ExportRules, ImportSpec, Signs, ValType};
use argosy_vm_compiled::{ArtefactKey, Compiled, Compiler, SealSecret};
use argosy_vm_host::{
    AbiAdapter, CallContext, CallOutcome, CallRequest, Code, Execution, Facts, Guest, Host,
    HostError, HostFault, InstantiateOutcome, InstantiateRequest, Invocation, Invoke, Question,
    RangeRequest, RangeVisitor, ReplyRequest, Session, Stop, TierError, UpgradeRequest,
};
use argosy_vm_interpreter::Interpreter;

use ValType::{I32, I64};

pub(crate) const GAS: Gas = 1_000_000;

const fn row(
    name: &'static str,
    params: &'static [ValType],
    result: Option<ValType>,
) -> ImportSpec {
    ImportSpec {
        name,
        params,
        result,
    }
}

/// Every shape that has its own wrapper, and some that have none.
pub(crate) const TABLE: &[ImportSpec] = &[
    row("p0", &[], None),
    row("p0_i32", &[], Some(I32)),
    row("p0_i64", &[], Some(I64)),
    row("p1", &[I32], None),
    row("p1_i32", &[I32], Some(I32)),
    row("p1_i64", &[I32], Some(I64)),
    row("p2_i32", &[I32, I32], Some(I32)),
    row("p3_i32", &[I32, I32, I32], Some(I32)),
    row("p4", &[I32, I32, I32, I32], None),
    row("p4_i32", &[I32, I32, I32, I32], Some(I32)),
    row("p4_i64", &[I32, I32, I32, I32], Some(I64)),
    row("p5_i32", &[I32, I32, I32, I32, I32], Some(I32)),
    row("long", &[I64], Some(I64)),
    row("mixed", &[I32, I64, I32], Some(I64)),
    row("mixed_void", &[I64, I32], None),
    // Allocates in the contract and returns the place of a text.
    row("text", &[], Some(I32)),
];

const TEXT: usize = TABLE.len() - 1;

/// What imports were called with.
pub(crate) type Calls = Arc<Mutex<Vec<(&'static str, Vec<i64>)>>>;

#[derive(Default)]
pub(crate) struct Foreign {
    pub(crate) calls: Calls,
}

impl AbiAdapter for Foreign {
    fn kind(&self) -> AbiKind {
        AbiKind::CosmWasm
    }

    fn import_module(&self) -> &'static str {
        "env"
    }

    fn imports(&self) -> &'static [ImportSpec] {
        TABLE
    }

    fn exports(&self) -> &'static ExportRules {
        &EXPORTS
    }

    fn signs(&self) -> Signs {
        Signs {
            import_module: "env",
            export_prefixes: &[],
        }
    }

    fn start(&self, invocation: Invocation) -> Box<dyn Session> {
        Box::new(ForeignSession {
            invocation,
            calls: self.calls.clone(),
        })
    }
}

struct ForeignSession {
    invocation: Invocation,
    calls: Calls,
}

/// Puts bytes into memory that the contract allocates: `length u32, bytes`.
fn give(guest: &mut dyn Guest, bytes: &[u8]) -> Result<i64, Stop> {
    let place = guest.invoke("allocate", &[bytes.len() as i64 + 4])?;
    let place = place.expect("allocate returns a place");
    let start = place as usize;
    let memory = guest.memory();
    memory[start..start + 4].copy_from_slice(&(bytes.len() as u32).to_le_bytes());
    memory[start + 4..start + 4 + bytes.len()].copy_from_slice(bytes);
    Ok(place)
}

impl Session for ForeignSession {
    fn begin(&mut self, guest: &mut dyn Guest, _: &mut dyn Host) -> Result<Invoke, Stop> {
        let input = self.invocation.input.clone();
        let place = give(guest, &input)?;
        Ok(Invoke {
            export: "execute",
            args: vec![place],
        })
    }

    fn import(
        &mut self,
        index: usize,
        args: &[i64],
        guest: &mut dyn Guest,
        _: &mut dyn Host,
    ) -> Result<i64, Stop> {
        guest.charge(100)?;
        let name = TABLE[index].name;
        self.calls
            .lock()
            .expect("not poisoned")
            .push((name, args.to_vec()));
        match index {
            TEXT => give(guest, b"text"),
            _ => Ok(-(index as i64) - (1 << 40)),
        }
    }

    fn end(&mut self, returned: Option<i64>, guest: &mut dyn Guest, _: &mut dyn Host) -> Stop {
        let start = returned.expect("execute returns a place") as usize;
        let memory = guest.memory();
        let length: [u8; 4] = memory[start..start + 4].try_into().expect("4 bytes");
        let length = u32::from_le_bytes(length) as usize;
        Stop::Finished(memory[start + 4..start + 4 + length].to_vec())
    }
}

pub(crate) fn interpreter(foreign: Arc<Foreign>) -> Interpreter {
    let spec = ChainSpec::dev();
    let limits = spec.native_limits();
    Interpreter::new(foreign, limits, &spec.load_prices, &spec.host_prices)
}

/// A module with the globals of instrumentation, one page, a bump allocator, and these parts.
pub(crate) fn module(imports: &str, parts: &str) -> Vec<u8> {
    let text = format!(
        r#"(module {imports}
            (memory (export "memory") 1 4)
            (global $gas (export "__gas") (mut i64) (i64.const 0))
            (global $depth (export "__depth") (mut i32) (i32.const 0))
            (global $free (mut i32) (i32.const 1024))
            {parts})"#
    );
    wat::parse_str(text).expect("well-formed")
}

pub(crate) const ALLOCATE: &str = r#"
    (func (export "allocate") (param i32) (result i32)
        (global.set $gas (i64.sub (global.get $gas) (i64.const 10)))
        (global.get $free)
        (global.set $free (i32.add (global.get $free) (local.get 0))))"#;

/// Runs a contract on both tiers, which must agree in what came of it and in the imports they
/// called; the calls are left as of one run.
pub(crate) fn run(foreign: Foreign, code: &[u8], input: &[u8]) -> Result<Execution, TierError> {
    let calls = foreign.calls.clone();
    let taken = || std::mem::take(&mut *calls.lock().expect("not poisoned"));
    let foreign = Arc::new(foreign);
    let interpreted = start(&interpreter(foreign.clone()).load(code)?, input);
    let first = taken();
    let compiled = start(&compiled(foreign, code), input);
    let second = taken();
    match (&interpreted, compiled) {
        (Ok(interpreted), Ok(compiled)) => {
            let seen = |it: &Execution| (it.status, it.gas_used, it.data.clone());
            assert_eq!(seen(interpreted), seen(&compiled));
            assert_eq!(first, second);
        }
        (Err(_), Err(_)) => {}
        (first, second) => panic!("{first:?}, but compiled {second:?}"),
    }
    calls.lock().expect("not poisoned").extend(first);
    interpreted
}

fn start(module: &dyn Code, input: &[u8]) -> Result<Execution, TierError> {
    let invocation = Invocation {
        entry: Entry::Call,
        input: input.to_vec(),
    };
    module.run(invocation, GAS, &mut NoHost::new())
}

fn compiled(foreign: Arc<Foreign>, code: &[u8]) -> argosy_vm_compiled::Module {
    let spec = ChainSpec::dev();
    let limits = spec.native_limits();
    let code = Compiler::new(limits).expect("a compiler").compile(code);
    let (load, host) = (&spec.load_prices, &spec.host_prices);
    let tier = Compiled::new(foreign, limits, load, host, 4).expect("runs here");
    let (secret, key) = (SealSecret::from_bytes([0; 32]), ArtefactKey::new(&[]));
    let sealed = secret.seal(&key, &code.expect("compiles"));
    tier.load(&secret, &key, &sealed).expect("loads")
}

/// A chain that nobody asks.
struct NoHost(CallContext);

impl NoHost {
    fn new() -> NoHost {
        let nobody = Address::from_bytes([0; 32]);
        NoHost(CallContext {
            chain: GenesisHash::from_bytes([0; 32]),
            height: 0,
            time_ms: 0,
            signer: nobody,
            caller: nobody,
            contract: nobody,
            funds: 0,
            capabilities: Capabilities::NONE,
            read_only: false,
        })
    }
}

const UNASKED: &str = "the foreign ABI of these tests asks nothing of the chain";

impl Host for NoHost {
    fn context(&self) -> &CallContext {
        &self.0
    }
    fn balance(&mut self, _: &Address) -> Result<Balance, HostFault> {
        panic!("{UNASKED}")
    }
    fn storage_get(&mut self, _: &[u8]) -> Result<Option<Arc<[u8]>>, HostFault> {
        panic!("{UNASKED}")
    }
    fn storage_set(&mut self, _: &[u8], _: &[u8]) -> Result<(), HostError> {
        panic!("{UNASKED}")
    }
    fn storage_remove(&mut self, _: &[u8]) -> Result<bool, HostError> {
        panic!("{UNASKED}")
    }
    fn storage_range(
        &mut self,
        _: &RangeRequest<'_>,
        _: &mut RangeVisitor<'_>,
    ) -> Result<(), HostFault> {
        panic!("{UNASKED}")
    }
    fn transfer(&mut self, _: &Address, _: Balance) -> Result<StatusCode, HostFault> {
        panic!("{UNASKED}")
    }
    fn call(&mut self, _: &CallRequest<'_>) -> Result<CallOutcome, HostFault> {
        panic!("{UNASKED}")
    }
    fn instantiate(&mut self, _: &InstantiateRequest<'_>) -> Result<InstantiateOutcome, HostFault> {
        panic!("{UNASKED}")
    }
    fn upgrade(&mut self, _: &UpgradeRequest<'_>) -> Result<CallOutcome, HostFault> {
        panic!("{UNASKED}")
    }
    fn reply(&mut self, _: &ReplyRequest<'_>) -> Result<CallOutcome, HostFault> {
        panic!("{UNASKED}")
    }

    fn set_admin(&mut self, _: &Address, _: Option<Address>) -> Result<StatusCode, HostFault> {
        panic!("{UNASKED}")
    }

    fn look_up(&mut self, _: &Question) -> Result<Facts, HostFault> {
        panic!("{UNASKED}")
    }
    fn emit(&mut self, _: &[[u8; 32]], _: &[u8]) -> Result<(), HostError> {
        panic!("{UNASKED}")
    }
    fn log(&mut self, _: &str) {
        panic!("{UNASKED}")
    }
}
