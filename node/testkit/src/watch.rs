//! Looks at all nodes at once, as nobody in a real network can, and says what must never be.
//!
//! Always, whatever is lost or crashes: no honest key signs two things for one height, round and step;
//! all honest nodes commit the same block with the same results at a height; each has a certificate
//! that holds.

use std::collections::BTreeMap;

use argosy_primitives::{
    Address, BlockHash, CommitCertificate, GenesisHash, Hash32, Header, Height, ReceiptsRoot,
    StateRoot, ValidatorSet,
};
use argosy_proof::verify_certificate;
use argosy_signer::Position;

/// Something that must never be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A key signed two things in one place.
    #[error("node {node} signed {first} and {second} at {at}")]
    DoubleSign {
        /// Whose key.
        node: usize,
        /// Where.
        at: Position,
        /// The first sign hash.
        first: Hash32,
        /// The second one.
        second: Hash32,
    },
    /// Two nodes committed different things.
    #[error(
        "node {node} has another block or result at height {height}: {found:?}, not {expected:?}"
    )]
    Fork {
        /// Who came second.
        node: usize,
        /// Where.
        height: Height,
        /// What the first one has.
        expected: Box<Agreed>,
        /// What this one has.
        found: Box<Agreed>,
    },
    /// A block was committed without proof that it was decided.
    #[error("the certificate of node {node} for height {height} proves nothing: {reason}")]
    Certificate {
        /// Who committed.
        node: usize,
        /// Where.
        height: Height,
        /// What is wrong with it.
        reason: String,
    },
    /// A block carries proof against a validator that is honest.
    #[error("block {height} carries proof against {accused:?}, who is honest")]
    Framed {
        /// Where.
        height: Height,
        /// Who.
        accused: Address,
    },
    /// A node failed by itself.
    #[error("node {node} broke: {reason}")]
    Broken {
        /// Who.
        node: usize,
        /// What it says.
        reason: String,
    },
    /// All is well again, but nobody gets on.
    #[error("heights {heights:?} after {waited_ms} ms without faults; {expected} was expected")]
    Stalled {
        /// The nodes' heads.
        heights: Vec<Height>,
        /// What they all should have reached.
        expected: Height,
        /// How long that was waited for.
        waited_ms: u64,
    },
}

/// What nodes agree on at a height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The block.
    pub block: BlockHash,
    /// The state after it.
    pub state: StateRoot,
    /// Its receipts.
    pub receipts: ReceiptsRoot,
}

impl Agreed {
    /// What a header says.
    pub fn of(header: &Header) -> Agreed {
        Agreed {
            block: header.hash(),
            state: header.state_root,
            receipts: header.receipts_root,
        }
    }
}

/// All that was signed and committed in a run.
#[derive(Debug)]
pub struct Watch {
    chain: GenesisHash,
    signed: BTreeMap<(usize, Position), Hash32>,
    agreed: BTreeMap<Height, Agreed>,
}

impl Watch {
    /// Nothing so far.
    pub fn new(chain: GenesisHash) -> Watch {
        Watch {
            chain,
            signed: BTreeMap::new(),
            agreed: BTreeMap::new(),
        }
    }

    /// A signature leaves an honest node.
    pub fn signed(&mut self, node: usize, at: Position, hash: Hash32) -> Result<(), Violation> {
        match *self.signed.entry((node, at)).or_insert(hash) {
            first if first == hash => Ok(()),
            first => Err(Violation::DoubleSign {
                node,
                at,
                first,
                second: hash,
            }),
        }
    }

    /// An honest node commits a block, which `deciders` decided.
    pub fn committed(
        &mut self,
        node: usize,
        header: &Header,
        certificate: &CommitCertificate,
        deciders: &ValidatorSet,
    ) -> Result<(), Violation> {
        let (height, found) = (header.height, Agreed::of(header));
        let expected = *self.agreed.entry(height).or_insert(found);
        if found != expected {
            return Err(Violation::Fork {
                node,
                height,
                expected: Box::new(expected),
                found: Box::new(found),
            });
        }
        let is_named = certificate.height == height && certificate.block == found.block;
        let holds = match is_named && deciders.hash() == header.validators {
            true => verify_certificate(certificate, deciders, &self.chain)
                .map_err(|error| error.to_string()),
            false => Err("it is of another block or of other validators".into()),
        };
        holds.map_err(|reason| Violation::Certificate {
            node,
            height,
            reason,
        })
    }

    /// What was agreed on at a height.
    pub fn agreed(&self, height: Height) -> Option<&Agreed> {
        self.agreed.get(&height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::{spec, validator_key};
    use argosy_chain::{Chain, validator_set};
    use argosy_kv::MemoryStore;
    use argosy_primitives::CommitSignature;
    use argosy_signer::Step;
    use std::sync::Arc;

    /// A watch, a header after genesis, and the validators.
    fn begin() -> (Watch, Header, ValidatorSet) {
        let spec = Arc::new(spec([10; 4]));
        let deciders = validator_set(&spec);
        let chain = Chain::open(Arc::new(MemoryStore::new()), spec).expect("the spec is sound");
        let mut header = chain.head().header.clone();
        header.height = 1;
        header.validators = deciders.hash();
        (Watch::new(chain.view().genesis_hash()), header, deciders)
    }

    fn certificate(header: &Header, signers: std::ops::Range<usize>) -> CommitCertificate {
        let mut certificate = CommitCertificate {
            height: header.height,
            round: 0,
            block: header.hash(),
            signatures: Vec::new(),
        };
        certificate.signatures = signers
            .map(|index| {
                let key = validator_key(index);
                let validator = Address::of_key(&key.public());
                let vote = certificate.precommit_of(header.chain, validator);
                CommitSignature {
                    validator,
                    signature: key.sign(vote.sign_hash().as_bytes()),
                }
            })
            .collect();
        certificate
    }

    #[test]
    fn takes_the_same_block_by_different_certificates() {
        let (mut watch, header, deciders) = begin();
        for (node, signers) in [(0, 0..3), (1, 1..4), (2, 0..4)] {
            let certificate = certificate(&header, signers);
            let found = watch.committed(node, &header, &certificate, &deciders);
            assert_eq!(found, Ok(()));
        }
    }

    #[test]
    fn finds_another_block_and_another_result() {
        let (mut watch, header, deciders) = begin();
        let first = watch.committed(0, &header, &certificate(&header, 0..3), &deciders);
        assert_eq!(first, Ok(()));
        let mut other = header.clone();
        other.time_ms += 1;
        let mut richer = header.clone();
        richer.state_root = StateRoot::from_bytes([1; 32]);
        for header in [other, richer] {
            let found = watch.committed(1, &header, &certificate(&header, 0..3), &deciders);
            assert!(matches!(found, Err(Violation::Fork { height: 1, .. })));
        }
    }

    #[test]
    fn finds_a_certificate_that_proves_nothing() {
        let (mut watch, header, deciders) = begin();
        let mut stranger = header.clone();
        stranger.time_ms += 1;
        let mut damaged = certificate(&header, 0..3);
        damaged.signatures[0].signature = damaged.signatures[1].signature;
        let rubbish = [
            certificate(&header, 0..2),
            certificate(&stranger, 0..4),
            damaged,
        ];
        for certificate in rubbish {
            let found = watch.committed(0, &header, &certificate, &deciders);
            assert!(matches!(found, Err(Violation::Certificate { .. })));
        }
    }

    #[test]
    fn finds_two_signatures_in_one_place() {
        let (mut watch, ..) = begin();
        let at = |round, step| Position {
            height: 1,
            round,
            step,
        };
        let hash = |byte| Hash32::from_bytes([byte; 32]);
        for (node, at, byte) in [
            (0, at(0, Step::Prevote), 1),
            (0, at(0, Step::Prevote), 1),
            (0, at(0, Step::Precommit), 2),
            (0, at(1, Step::Prevote), 2),
            (1, at(0, Step::Prevote), 2),
        ] {
            assert_eq!(watch.signed(node, at, hash(byte)), Ok(()));
        }
        let found = watch.signed(0, at(0, Step::Prevote), hash(2));
        assert!(matches!(found, Err(Violation::DoubleSign { node: 0, .. })));
    }
}
