//! Blocks: a header that commits to everything, and the body it commits to.
//!
//! ```text
//! header ─ parent ──────────► header of h-1
//!        ─ last_certificate ► body.last_certificate: who decided h-1
//!        ─ tx_root ─────────► body.transactions
//!        ─ evidence_root ───► body.evidence
//!        ─ state_root, receipts_root: what executing this body leads to
//! hash = H(BlockHash, SCALE(header))
//! ```
//!
//! Invariant: the header's hash names the block and is the value that validators vote on; it
//! covers the outcome (state and receipts root) of this very block.
//! Not here: the rules that make a block valid (`chain`).

use alloc::vec::Vec;

use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::{
    Address, BlockHash, CertificateHash, CommitCertificate, Evidence, EvidenceRoot, Gas,
    GenesisHash, Height, ReceiptsRoot, Round, SignedTransaction, StateRoot, TimestampMs, TxRoot,
    ValidatorSetHash,
};
#[cfg(feature = "hashing")]
use crate::{Domain, merkle};

/// What a block is and what it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Header {
    /// Protocol version under which the block was executed.
    pub version: u32,
    /// Which chain.
    pub chain: GenesisHash,
    /// Number of the block.
    pub height: Height,
    /// When it was proposed; never before its parent.
    pub time_ms: TimestampMs,
    /// Hash of the block before.
    pub parent: BlockHash,
    /// Who built it.
    pub proposer: Address,
    /// Round in which it was first proposed.
    pub round: Round,
    /// Validators who decide this block.
    pub validators: ValidatorSetHash,
    /// Validators who decide the next block.
    pub next_validators: ValidatorSetHash,
    /// Certificate of the block before, carried in this body; zero if it carries none.
    pub last_certificate: CertificateHash,
    /// Over the body's transactions.
    pub tx_root: TxRoot,
    /// Over the body's evidence.
    pub evidence_root: EvidenceRoot,
    /// Tokens per gas that are burned in this block.
    pub base_price: u64,
    /// Gas of all its transactions.
    pub gas_used: Gas,
    /// State after this block.
    pub state_root: StateRoot,
    /// Over this block's receipts.
    pub receipts_root: ReceiptsRoot,
}

/// What the header commits to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, DecodeWithMemTracking)]
pub struct Body {
    /// In the order of execution.
    pub transactions: Vec<SignedTransaction>,
    /// Proof that the block before was decided; none in the first blocks of a chain.
    pub last_certificate: Option<CommitCertificate>,
    /// Proofs of misbehaviour.
    pub evidence: Vec<Evidence>,
}

/// Header and body.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Block {
    /// Commits to the body.
    pub header: Header,
    /// Everything else.
    pub body: Body,
}

#[cfg(feature = "hashing")]
impl Header {
    /// Names the block.
    pub fn hash(&self) -> BlockHash {
        BlockHash::from_bytes(Domain::BlockHash.hash_encoded(self))
    }
}

#[cfg(feature = "hashing")]
impl Body {
    /// What the header must say about the transactions.
    pub fn tx_root(&self) -> TxRoot {
        tx_root(&self.transactions)
    }

    /// What the header must say about the evidence.
    pub fn evidence_root(&self) -> EvidenceRoot {
        evidence_root(&self.evidence)
    }

    /// What the header must say about the certificate.
    pub fn certificate_hash(&self) -> CertificateHash {
        self.last_certificate
            .as_ref()
            .map_or(CertificateHash::ZERO, CommitCertificate::hash)
    }
}

#[cfg(feature = "hashing")]
impl Block {
    /// Whether the body is the one that the header commits to. The header's hash names the header
    /// alone: who takes a block from somebody else must ask this before the hash means the block.
    pub fn body_fits(&self) -> bool {
        let Block { header, body } = self;
        body.tx_root() == header.tx_root
            && body.evidence_root() == header.evidence_root
            && body.certificate_hash() == header.last_certificate
    }
}

/// Merkle root of transactions, over their leaves.
#[cfg(feature = "hashing")]
pub fn tx_root(transactions: &[SignedTransaction]) -> TxRoot {
    let leaves: Vec<_> = transactions.iter().map(SignedTransaction::leaf).collect();
    TxRoot::from_bytes(merkle::root(&leaves))
}

/// Merkle root of evidence, over its leaves.
#[cfg(feature = "hashing")]
pub fn evidence_root(evidence: &[Evidence]) -> EvidenceRoot {
    let leaves: Vec<_> = evidence.iter().map(Evidence::leaf).collect();
    EvidenceRoot::from_bytes(merkle::root(&leaves))
}
