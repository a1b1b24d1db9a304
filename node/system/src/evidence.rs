//! Proofs that a validator signed two things for one height, round and step.
//!
//! Evidence is unsigned and free; who includes it earns nothing and pays nothing. Of one validator
//! only offences count that are later than the last one proven: so each is counted once, and what is
//! kept stays small.

use argosy_primitives::{Address, Evidence, GenesisHash, Hash32, Height, Signature, ValidatorSet};

use crate::standing::Standing;

/// Why something is no evidence, or none any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// The two say the same, or speak of different heights, rounds, kinds or validators.
    #[error("the two signatures do not contradict each other")]
    NoContradiction,
    /// The two are not in the order that makes the proof unique.
    #[error("the two signatures are in the wrong order")]
    Order,
    /// Of another chain.
    #[error("it is about another chain")]
    OtherChain,
    /// Of a height that is not decided yet.
    #[error("it is about height {height}, which this block cannot know of")]
    Future {
        /// Its height.
        height: Height,
    },
    /// Too old to count.
    #[error("it is about height {height}, more than {age_max} blocks ago")]
    TooOld {
        /// Its height.
        height: Height,
        /// The chain's limit.
        age_max: u64,
    },
    /// Not by a validator.
    #[error("who signed is not a validator")]
    NotValidator,
    /// An offence of that validator at this height or a later one was proven before.
    #[error("an offence of this validator up to height {convicted_last} was proven before")]
    Known {
        /// Height of the last proven offence.
        convicted_last: Height,
    },
    /// A signature does not hold.
    #[error("a signature does not hold")]
    Signature,
}

/// What both signatures are about, and what sets them apart.
struct Pair {
    chain: GenesisHash,
    height: Height,
    who: Address,
    first: (Hash32, Signature),
    second: (Hash32, Signature),
    contradicts: bool,
}

/// Who did it, and at which height.
pub(crate) fn offence(evidence: &Evidence) -> (Address, Height) {
    let pair = pair(evidence);
    (pair.who, pair.height)
}

/// Puts the two into the order that makes the proof unique.
pub fn make_evidence(evidence: Evidence) -> Evidence {
    let pair = pair(&evidence);
    if pair.first.0 <= pair.second.0 {
        return evidence;
    }
    match evidence {
        Evidence::DuplicateVote { first, second } => Evidence::DuplicateVote {
            first: second,
            second: first,
        },
        Evidence::DuplicateProposal { first, second } => Evidence::DuplicateProposal {
            first: second,
            second: first,
        },
    }
}

/// Checks evidence that block `height` carries. `validators` decide that block, `standing` is that of
/// the state before it.
pub fn check_evidence(
    evidence: &Evidence,
    (chain, height, age_max): (GenesisHash, Height, u64),
    validators: &ValidatorSet,
    standing: &Standing,
) -> Result<(), EvidenceError> {
    let pair = pair(evidence);
    if !pair.contradicts {
        return Err(EvidenceError::NoContradiction);
    }
    if pair.first.0 >= pair.second.0 {
        return Err(EvidenceError::Order);
    }
    if pair.chain != chain {
        return Err(EvidenceError::OtherChain);
    }
    if pair.height >= height {
        return Err(EvidenceError::Future {
            height: pair.height,
        });
    }
    if height.saturating_sub(pair.height) > age_max {
        return Err(EvidenceError::TooOld {
            height: pair.height,
            age_max,
        });
    }
    let validator = validators
        .get(&pair.who)
        .ok_or(EvidenceError::NotValidator)?;
    let known = standing.of(&pair.who).ok_or(EvidenceError::NotValidator)?;
    if pair.height <= known.convicted_last {
        return Err(EvidenceError::Known {
            convicted_last: known.convicted_last,
        });
    }
    for (hash, signature) in [pair.first, pair.second] {
        let verdict = validator.key.verify(hash.as_bytes(), &signature);
        verdict.map_err(|_| EvidenceError::Signature)?;
    }
    Ok(())
}

fn pair(evidence: &Evidence) -> Pair {
    match evidence {
        Evidence::DuplicateVote { first, second } => {
            let (a, b) = (&first.vote, &second.vote);
            Pair {
                chain: a.chain,
                height: a.height,
                who: a.validator,
                first: (a.sign_hash(), first.signature),
                second: (b.sign_hash(), second.signature),
                contradicts: (a.chain, a.height, a.round, a.kind, a.validator)
                    == (b.chain, b.height, b.round, b.kind, b.validator)
                    && a.value != b.value,
            }
        }
        Evidence::DuplicateProposal { first, second } => {
            let (a, b) = (&first.proposal, &second.proposal);
            Pair {
                chain: a.chain,
                height: a.height,
                who: a.proposer,
                first: (a.sign_hash(), first.signature),
                second: (b.sign_hash(), second.signature),
                contradicts: (a.chain, a.height, a.round, a.proposer)
                    == (b.chain, b.height, b.round, b.proposer)
                    && a != b,
            }
        }
    }
}
