//! What a block says of agreement: whose turn it was, who decided the block before, who broke rules.
//!
//! Always: a block of a `bft` chain carries the certificate of the block before, from the second on,
//! and it holds; a block of a `solo` chain carries nothing of that.
//! Not here: what follows from it for the state (`system`), and agreement itself (`bft`).

use std::collections::BTreeSet;

use argosy_primitives::{
    Address, BlockHash, Body, CommitCertificate, Evidence, Header, Height, Round, Turns, Validator,
    ValidatorSet, ValidatorSetHash,
};
use argosy_proof::verify_certificate;
use argosy_spec::{Agreement, ChainSpec};
use argosy_state::State;
use argosy_system::{Standing, SystemError, ValidatorSets, check_evidence};

use crate::chain::Chain;
use crate::error::{ChainError, InvalidBlock};
use crate::view::ChainView;

/// Who decides what comes after the head.
pub(crate) struct Deciders {
    sets: ValidatorSets,
    turns: Turns,
    /// None on a solo chain.
    standing: Option<Standing>,
    /// Who decided the head, as far as this node knows.
    certificate: Option<CommitCertificate>,
}

impl Deciders {
    /// Of the state after the head, which `certificate` decided.
    pub(crate) fn read(
        state: &State,
        spec: &ChainSpec,
        certificate: Option<CommitCertificate>,
    ) -> Result<Deciders, SystemError> {
        let sets = ValidatorSets::read(state, spec)?;
        let standing = match spec.protocol.agreement {
            Agreement::Solo => None,
            Agreement::Bft => Some(Standing::read(state)?),
        };
        Ok(Deciders {
            turns: Turns::of(&sets.current),
            sets,
            standing,
            certificate,
        })
    }

    /// Hashes of the sets that decide the next block and the one after it.
    pub(crate) fn hashes(&self) -> (ValidatorSetHash, ValidatorSetHash) {
        (self.sets.current.hash(), self.sets.next.hash())
    }

    /// Whether a quorum of those who decide the next block signed for it.
    pub(crate) fn check_decided(
        &self,
        hash: BlockHash,
        header: &Header,
        certificate: &CommitCertificate,
    ) -> Result<(), ChainError> {
        let height = header.height;
        let bad = |what: String| ChainError::BadCertificate { height, what };
        if certificate.height != height || certificate.block != hash {
            return Err(bad(format!(
                "it is of block {} at height {}",
                certificate.block, certificate.height
            )));
        }
        verify_certificate(certificate, &self.sets.current, &header.chain)
            .map_err(|error| bad(error.to_string()))
    }
}

impl Chain {
    /// Those who decide the next block.
    pub fn validators(&self) -> &ValidatorSet {
        &self.deciders.sets.current
    }

    /// Whether a quorum of those who decide the next block signed for it.
    pub fn check_decided(
        &self,
        hash: BlockHash,
        header: &Header,
        certificate: &CommitCertificate,
    ) -> Result<(), ChainError> {
        self.deciders.check_decided(hash, header, certificate)
    }

    /// Whose turn it is to propose the next block.
    pub fn proposer(&self, round: Round) -> Option<&Validator> {
        let height = self.head().header.height.saturating_add(1);
        let set = &self.deciders.sets.current;
        self.deciders.turns.proposer(set, height, round)
    }

    /// Who decided the head, if this node knows.
    pub fn head_certificate(&self) -> Option<&CommitCertificate> {
        self.deciders.certificate.as_ref()
    }

    /// Takes a certificate of the head with more signatures than the one so far; says whether it did.
    /// One that does not hold is not taken.
    pub fn extend_certificate(&mut self, certificate: CommitCertificate) -> bool {
        let (head, deciders) = (self.view.head(), &self.deciders);
        let known = deciders
            .certificate
            .as_ref()
            .map_or(0, |it| it.signatures.len());
        let is_more = certificate.height == head.header.height
            && certificate.block == head.hash
            && certificate.signatures.len() > known;
        let chain = &head.header.chain;
        let holds = is_more && verify_certificate(&certificate, &deciders.sets.last, chain).is_ok();
        if holds {
            self.deciders.certificate = Some(certificate);
        }
        holds
    }

    /// A body without transactions: the head's certificate, and as much of the evidence as counts.
    pub(crate) fn agreed_part(&self, evidence: &[Evidence]) -> Result<Body, ChainError> {
        let height = self.head().header.height;
        let Some(standing) = &self.deciders.standing else {
            return Ok(Body::default());
        };
        let certificate = self.deciders.certificate.clone();
        if certificate.is_none() && height > 0 {
            return Err(ChainError::NoCertificate { height });
        }
        let mut body = Body {
            last_certificate: certificate,
            ..Body::default()
        };
        let mut accused = BTreeSet::new();
        for piece in evidence {
            if body.evidence.len() >= self.view.spec.limits.evidence_max as usize {
                break;
            }
            if self.check_piece(piece, standing).is_ok() && accused.insert(accused_by(piece)) {
                body.evidence.push(piece.clone());
            }
        }
        Ok(body)
    }

    /// Whether it was the proposer's turn.
    pub(crate) fn check_proposer(&self, header: &Header) -> Result<(), ChainError> {
        let expected = self.proposer(header.round).map(|it| it.address);
        match expected == Some(header.proposer) {
            true => Ok(()),
            false => Err(InvalidBlock::Proposer {
                found: header.proposer,
                round: header.round,
            }
            .into()),
        }
    }

    /// Certificate and evidence of a body on the present head.
    pub(crate) fn check_agreement(&self, body: &Body) -> Result<(), ChainError> {
        let Some(standing) = &self.deciders.standing else {
            return match body.last_certificate.is_none() && body.evidence.is_empty() {
                true => Ok(()),
                false => Err(InvalidBlock::Agreement.into()),
            };
        };
        self.check_last_certificate(body.last_certificate.as_ref())?;
        let (found, max) = (body.evidence.len(), self.view.spec.limits.evidence_max);
        if found > max as usize {
            return Err(InvalidBlock::EvidenceCount { found, max }.into());
        }
        let mut accused = BTreeSet::new();
        for (index, piece) in body.evidence.iter().enumerate() {
            let checked = self.check_piece(piece, standing);
            checked.map_err(|reason| InvalidBlock::Evidence { index, reason })?;
            if !accused.insert(accused_by(piece)) {
                return Err(InvalidBlock::EvidenceTwice { index }.into());
            }
        }
        Ok(())
    }

    fn check_last_certificate(
        &self,
        certificate: Option<&CommitCertificate>,
    ) -> Result<(), InvalidBlock> {
        let head = self.head();
        let bad = |what: &str| InvalidBlock::Certificate { what: what.into() };
        let certificate = match (certificate, head.header.height) {
            (None, 0) => return Ok(()),
            (Some(_), 0) => return Err(bad("is there, but nobody decided genesis")),
            (None, _) => return Err(bad("is missing")),
            (Some(certificate), _) => certificate,
        };
        if certificate.height != head.header.height || certificate.block != head.hash {
            return Err(bad("is that of another block"));
        }
        verify_certificate(certificate, &self.deciders.sets.last, &head.header.chain).map_err(
            |error| InvalidBlock::Certificate {
                what: format!("does not hold: {error}"),
            },
        )
    }

    /// Whether a piece of evidence counts in the next block, or will later.
    pub fn evidence_may_count(&self, piece: &Evidence) -> bool {
        let Some(standing) = &self.deciders.standing else {
            return false;
        };
        let checked = self.check_piece(piece, standing);
        matches!(
            checked,
            Ok(()) | Err(argosy_system::EvidenceError::Future { .. })
        )
    }

    fn check_piece(
        &self,
        piece: &Evidence,
        standing: &Standing,
    ) -> Result<(), argosy_system::EvidenceError> {
        let height = self.head().header.height.saturating_add(1);
        let age_max = self.view.spec.limits.evidence_age_blocks_max;
        let facts = (self.view.genesis, height, age_max);
        check_evidence(piece, facts, &self.deciders.sets.current, standing)
    }
}

impl ChainView {
    /// The sets that decided the head and decide the two blocks after it.
    pub fn validator_sets(&self) -> Result<ValidatorSets, ChainError> {
        Ok(ValidatorSets::read(&self.state(), &self.spec)?)
    }

    /// What the chain knows of each validator; none on a solo chain.
    pub fn standing(&self) -> Result<Option<Standing>, ChainError> {
        match self.spec.protocol.agreement {
            Agreement::Solo => Ok(None),
            Agreement::Bft => Ok(Some(Standing::read(&self.state())?)),
        }
    }

    /// The height of the next block.
    pub fn next_height(&self) -> Height {
        self.head().header.height.saturating_add(1)
    }
}

/// The validator whom a piece of evidence is against.
fn accused_by(piece: &Evidence) -> Address {
    match piece {
        Evidence::DuplicateVote { first, .. } => first.vote.validator,
        Evidence::DuplicateProposal { first, .. } => first.proposal.proposer,
    }
}
