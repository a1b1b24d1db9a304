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
        expected: Agreed,
        /// What this one has.
        found: Agreed,
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
                expected,
                found,
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
