//! The native ABI: the import table of `argosy-vm-abi`, served.
//!
//! Every import runs the same steps, in this order; each may end the frame:
//! 1. the base price;
//! 2. rules of the frame: read-only, capabilities, flags;
//! 3. sizes against the chain's limits;
//! 4. every pointer and length against the memory;
//! 5. the price per byte;
//! 6. the effect.
//!
//! What depends on an answer of the host (length of a stored value, gas and data of a sub-call) is
//! paid as soon as it is known, before the contract can use it.

mod calls; // transfer, call, instantiate, upgrade
mod data; // input, result register, context, events, log
mod desk; // checks and payments common to all imports
mod hashes; // hashes and signatures
mod session; // dispatch by import
mod storage; // get, set, remove, range

use std::sync::Arc;

use argosy_primitives::AbiKind;
use argosy_spec::{ChainLimits, HostPrices};
use argosy_vm_abi::{EXPORTS, ExportRules, IMPORTS, ImportSpec, MODULE, Signs};

use crate::adapter::{AbiAdapter, Invocation, Session};
use session::NativeSession;

/// The native ABI on the terms of one chain.
#[derive(Clone, Debug)]
pub struct Native {
    terms: Arc<Terms>,
}

/// What a chain allows and charges.
#[derive(Debug)]
struct Terms {
    limits: ChainLimits,
    prices: HostPrices,
}

impl Native {
    /// The ABI with these limits and prices.
    pub fn new(limits: &ChainLimits, prices: &HostPrices) -> Native {
        let terms = Terms {
            limits: limits.clone(),
            prices: prices.clone(),
        };
        Native {
            terms: Arc::new(terms),
        }
    }
}

impl AbiAdapter for Native {
    fn kind(&self) -> AbiKind {
        AbiKind::Native
    }

    fn import_module(&self) -> &'static str {
        MODULE
    }

    fn imports(&self) -> &'static [ImportSpec] {
        IMPORTS
    }

    fn exports(&self) -> &'static ExportRules {
        &EXPORTS
    }

    fn signs(&self) -> Signs {
        Signs {
            import_module: MODULE,
            export_prefixes: &[],
        }
    }

    fn start(&self, invocation: Invocation) -> Box<dyn Session> {
        Box::new(NativeSession::new(self.terms.clone(), invocation))
    }
}
