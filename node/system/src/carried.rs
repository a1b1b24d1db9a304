//! What a block's agreement part does to the chain's records.

use std::collections::BTreeSet;

use argosy_primitives::{Address, CommitCertificate, Evidence, Height};
use argosy_spec::{Agreement, ChainSpec};
use argosy_state::State;

use crate::error::SystemError;
use crate::evidence::offence;
use crate::sets::ValidatorSets;
use crate::standing::Standing;

/// The part of a block that is about agreement; it was verified before.
#[derive(Clone, Copy, Debug)]
pub struct Carried<'a> {
    /// The block's height.
    pub height: Height,
    /// Who proposed it.
    pub proposer: Address,
    /// Certificate of the block before; none in block 1.
    pub certificate: Option<&'a CommitCertificate>,
    /// Proofs of misbehaviour.
    pub evidence: &'a [Evidence],
}

/// Brings the records to the end of the block. Does nothing on a solo chain.
pub fn carry(state: &mut State, spec: &ChainSpec, block: &Carried<'_>) -> Result<(), SystemError> {
    if spec.protocol.agreement == Agreement::Solo {
        return Ok(());
    }
    let sets = ValidatorSets::read(state, spec)?;
    let mut standing = Standing::read(state)?;
    if let Some(certificate) = block.certificate {
        let signers: BTreeSet<Address> = certificate
            .signatures
            .iter()
            .map(|it| it.validator)
            .collect();
        standing.attend(block.height, &signers);
    }
    if let Some(proposer) = standing.of_mut(&block.proposer) {
        proposer.proposed_last = block.height;
    }
    for evidence in block.evidence {
        let (who, height) = offence(evidence);
        if let Some(convicted) = standing.of_mut(&who) {
            convicted.convicted_last = convicted.convicted_last.max(height);
        }
    }
    let next = standing.flag(&sets.next, block.height, spec.consensus.absence_blocks);
    standing.write(state);
    let moved = ValidatorSets {
        last: sets.current,
        current: sets.next,
        next,
    };
    moved.write(state);
    Ok(())
}
