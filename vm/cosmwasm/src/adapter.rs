//! The ABI on the terms of one chain.

use std::sync::Arc;

use argosy_primitives::{AbiKind, Hrp};
use argosy_spec::{ChainLimits, ChainSpec, HostPrices};
use argosy_vm_abi::{ExportRules, ImportSpec, Signs};
use argosy_vm_host::{AbiAdapter, Invocation, Session};
use cosmwasm_std::DenomMetadata;

use crate::coins::{denom_of, metadata_of};
use crate::session::CosmWasmSession;
use crate::table::{EXPORTS, IMPORTS, MODULE, SIGNS};

/// The ABI of CosmWasm contracts.
#[derive(Clone, Debug)]
pub struct CosmWasm {
    terms: Arc<Terms>,
}

/// What a chain allows and charges, and how it calls things.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) limits: ChainLimits,
    pub(crate) prices: HostPrices,
    /// Prefix of address texts.
    pub(crate) hrp: Hrp,
    /// Name of the network, the first half of the chain's id.
    pub(crate) network: String,
    /// What the smallest unit of the token is called.
    pub(crate) denom: String,
    /// What the chain says of its token.
    pub(crate) metadata: DenomMetadata,
}

impl CosmWasm {
    /// The ABI on the terms of a chain.
    pub fn new(spec: &ChainSpec) -> CosmWasm {
        let network = &spec.network;
        let terms = Terms {
            limits: spec.limits.clone(),
            prices: spec.host_prices.clone(),
            hrp: network.hrp,
            network: network.name.clone(),
            denom: denom_of(&network.token_symbol, network.token_decimals),
            metadata: metadata_of(&network.token_symbol, network.token_decimals),
        };
        CosmWasm {
            terms: Arc::new(terms),
        }
    }
}

impl AbiAdapter for CosmWasm {
    fn kind(&self) -> AbiKind {
        AbiKind::CosmWasm
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
        SIGNS
    }

    fn start(&self, invocation: Invocation) -> Box<dyn Session> {
        Box::new(CosmWasmSession::new(self.terms.clone(), invocation))
    }
}
