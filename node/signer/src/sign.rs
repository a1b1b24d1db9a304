//! Who signs for a validator, and why it may refuse.
//!
//! Not here: the rules themselves (`history`) and who keeps them (`local`, `remote`).

use argosy_primitives::{
    Address, GenesisHash, Hash32, Height, PeerProof, Proposal, ProposalParts, PublicKey, Signature,
    Vote,
};

use crate::{KeeperFailure, Mark, Position, RecordError, RemoteError};

/// Signs what one validator says on one chain. Calls block until the signature may leave.
pub trait Sign: Send + Sync {
    /// The validator's key.
    fn public_key(&self) -> PublicKey;

    /// The chain that it signs for.
    fn chain(&self) -> GenesisHash;

    /// Signs a vote above the highest mark, or gives the signature of the same vote again.
    fn sign_vote(&self, vote: &Vote) -> Result<Signature, SignError>;

    /// Signs a proposal above the highest mark, or gives the signature of the same one again.
    fn sign_proposal(&self, proposal: &Proposal) -> Result<Signature, SignError>;

    /// Signs that parts of a block are its own. It binds to nothing, so no mark is made.
    fn sign_parts(&self, parts: &ProposalParts) -> Result<Signature, SignError>;

    /// Signs that a node is its own. It binds to nothing, so no mark is made.
    fn sign_peer(&self, proof: &PeerProof) -> Result<Signature, SignError>;

    /// The highest mark, if anything was ever signed.
    fn mark(&self) -> Result<Option<Mark>, SignError>;
}

/// Why there is no signature.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The message belongs to another chain.
    #[error("asked to sign for chain {asked}, but this signer is for chain {own}")]
    OtherChain {
        /// In the message.
        asked: GenesisHash,
        /// The signer's.
        own: GenesisHash,
    },
    /// The message speaks for another validator.
    #[error("asked to sign for validator {asked:?}, but this signer's key is of {own:?}")]
    OtherValidator {
        /// In the message.
        asked: Address,
        /// The signer's.
        own: Address,
    },
    /// The signer sits this height out.
    #[error(
        "height {height} is sat out: this key signs nothing up to height {until}; wait until the network has decided it"
    )]
    Held {
        /// Asked for.
        height: Height,
        /// The last one that is sat out.
        until: Height,
    },
    /// Something later was signed already, and this is not known to have been.
    #[error("{asked} is below what was signed already, {mark}")]
    Below {
        /// Asked for.
        asked: Position,
        /// The highest mark.
        mark: Position,
    },
    /// Something else was signed in this very place.
    #[error(
        "at {at} {signed} was signed already; signing {asked} too would be punished as a double signature"
    )]
    Conflict {
        /// Where.
        at: Position,
        /// The hash that has a signature.
        signed: Hash32,
        /// The hash that gets none.
        asked: Hash32,
    },
    /// The record failed. Nothing was released, and nothing will be until it is opened anew.
    #[error("the sign record failed; nothing more is signed until it is opened anew")]
    Record(#[from] RecordError),
    /// The second copy failed. Nothing was released, and nothing will be until it is opened anew.
    #[error(
        "the second copy of the highest mark failed; nothing more is signed until both are opened anew"
    )]
    Keeper(#[source] KeeperFailure),
    /// What is signed builds on blocks that could not be made durable. Nothing was signed.
    #[error("the blocks that this builds on could not be made durable; nothing was signed")]
    Blocks(#[source] KeeperFailure),
    /// The second copy's mark was not signed by this key.
    #[error(
        "the second copy's mark at {at} was not signed by this key: it is damaged or belongs to another key; clear it, and the key sits out the record's height"
    )]
    KeeperForeign {
        /// What it claims.
        at: Position,
    },
    /// It failed before.
    #[error("an earlier failure of the sign record stopped this signer: open it anew")]
    Broken,
    /// The remote signer could not be asked.
    #[error("the remote signer gave no answer")]
    Remote(#[from] RemoteError),
    /// The remote signer was asked and has failed itself.
    #[error("the remote signer has failed: {reason}")]
    RemoteFailed {
        /// In its words.
        reason: String,
    },
}

impl SignError {
    /// `true`: the signer is well and says no. `false`: it cannot sign, and somebody must look.
    pub fn is_refusal(&self) -> bool {
        match self {
            SignError::OtherChain { .. }
            | SignError::OtherValidator { .. }
            | SignError::Held { .. }
            | SignError::Below { .. }
            | SignError::Conflict { .. } => true,
            SignError::Record(_)
            | SignError::Keeper(_)
            | SignError::Blocks(_)
            | SignError::KeeperForeign { .. }
            | SignError::Broken
            | SignError::Remote(_)
            | SignError::RemoteFailed { .. } => false,
        }
    }
}
