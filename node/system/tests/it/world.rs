//! A chain of validators on a state in memory.

use std::sync::Arc;

use argosy_kv::{MemoryStore, Store};
use argosy_primitives::{
    Address, BlockHash, CommitCertificate, CommitSignature, GenesisHash, Height, SecretKey,
    Signature, ValidatorSet,
};
use argosy_spec::{Agreement, ChainSpec, GenesisValidator};
use argosy_state::State;
use argosy_system::{Carried, Standing, ValidatorSets, carry, write_genesis};

pub(crate) const CHAIN: GenesisHash = GenesisHash::from_bytes([7; 32]);

pub(crate) fn key(number: usize) -> SecretKey {
    SecretKey::generate_from([number as u8 + 1; 32])
}

pub(crate) fn address(number: usize) -> Address {
    Address::of_key(&key(number).public())
}

pub(crate) fn spec(powers: &[u64]) -> ChainSpec {
    let mut spec = ChainSpec::dev();
    spec.protocol.agreement = Agreement::Bft;
    spec.genesis.validators = powers
        .iter()
        .enumerate()
        .map(|(number, &power)| GenesisValidator {
            name: None,
            key: key(number).public(),
            power,
        })
        .collect();
    spec
}

pub(crate) struct World {
    pub(crate) spec: ChainSpec,
    pub(crate) state: State,
    pub(crate) height: Height,
}

impl World {
    pub(crate) fn new(powers: &[u64]) -> World {
        let spec = spec(powers);
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let mut state = State::new(store.view());
        write_genesis(&mut state, &spec);
        World {
            spec,
            state,
            height: 0,
        }
    }

    /// Executes the agreement part of one more block.
    pub(crate) fn block(&mut self, proposer: usize, signers: &[usize]) {
        self.height += 1;
        let certificate = CommitCertificate {
            height: self.height - 1,
            round: 0,
            block: BlockHash::ZERO,
            signatures: signers
                .iter()
                .map(|&number| CommitSignature {
                    validator: address(number),
                    signature: Signature::Ed25519([0; 64]),
                })
                .collect(),
        };
        let block = Carried {
            height: self.height,
            proposer: address(proposer),
            certificate: (self.height > 1).then_some(&certificate),
            evidence: &[],
        };
        carry(&mut self.state, &self.spec, &block).expect("records are whole");
    }

    pub(crate) fn sets(&self) -> ValidatorSets {
        ValidatorSets::read(&self.state, &self.spec).expect("records are whole")
    }

    pub(crate) fn standing(&self) -> Standing {
        Standing::read(&self.state).expect("records are whole")
    }
}

/// Numbers of the validators that are flagged.
pub(crate) fn absent(set: &ValidatorSet) -> Vec<usize> {
    let flagged = set.0.iter().enumerate().filter(|(_, it)| it.absent);
    flagged.map(|(number, _)| number).collect()
}
