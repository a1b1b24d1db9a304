//! Transactions and the three states of their life.
//!
//! ```text
//! Transaction ──sign──► SignedTransaction ──verify──► VerifiedTransaction
//!                         (comes off the wire)          (may enter mempool and executor)
//!
//! bytes  chain 32 ‖ signer 33 ‖ nonce 8 ‖ valid until 8 ‖ gas limit 8 ‖ max gas price 8 ‖ tip 8
//!        ‖ deposit max 16 ‖ action count ‖ actions                      then: signature 65
//!
//! id   = H(TxSign, SCALE(transaction))        what is signed
//! leaf = H(TxLeaf, id ‖ SCALE(signature))     what the block's root covers
//! ```
//!
//! Invariant: a [`VerifiedTransaction`] has 1 to 16 actions and a signature that holds.
//! Not here: nonce, balance, expiry, prices (`executor`).

use alloc::vec::Vec;

use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::{
    Action, Balance, DecodeError, Gas, GenesisHash, Height, Limits, Nonce, PublicKey, Signature,
    SignatureError, decode_untrusted,
};
#[cfg(feature = "hashing")]
use crate::{Address, Domain, TxId};

/// Most actions in one transaction.
pub const ACTIONS_MAX: usize = 16;

/// What a sender asks for, not yet signed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Transaction {
    /// The only chain on which this is valid.
    pub chain: GenesisHash,
    /// Whose signature it needs; its account pays and is the sender.
    pub signer: PublicKey,
    /// Must equal the number of transactions that the account has sent before.
    pub nonce: Nonce,
    /// Last block that may hold it.
    pub valid_until: Height,
    /// Most gas it may use.
    pub gas_limit: Gas,
    /// Most tokens per gas it will pay, tip included.
    pub max_gas_price: u64,
    /// Tokens per gas for the proposer.
    pub tip: u64,
    /// Most tokens that may be locked as deposits.
    pub deposit_max: Balance,
    /// Run in order, all or nothing.
    pub actions: Vec<Action>,
}

/// A transaction and a signature that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct SignedTransaction {
    /// What was signed.
    pub transaction: Transaction,
    /// Over the id.
    pub signature: Signature,
}

/// A transaction whose signature holds; made only by [`SignedTransaction::verify`].
#[cfg(feature = "signing")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedTransaction {
    signed: SignedTransaction,
    id: TxId,
    sender: Address,
    size_bytes: usize,
}

/// Why a transaction is wrong in itself, on every chain and at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TxError {
    /// It does nothing.
    #[error("transaction has no actions")]
    NoActions,
    /// It does too much.
    #[error("transaction has {found} actions, at most {ACTIONS_MAX} are allowed")]
    TooManyActions {
        /// Number of actions.
        found: usize,
    },
    /// The signer has not signed this.
    #[error("transaction is not signed by its signer: {0}")]
    Signature(#[from] SignatureError),
}

impl Transaction {
    /// The hash that names it and is signed.
    #[cfg(feature = "hashing")]
    pub fn id(&self) -> TxId {
        TxId::from_bytes(Domain::TxSign.hash_encoded(self))
    }

    /// Signs it. With a key other than that of `signer` the result will not verify.
    #[cfg(feature = "signing")]
    pub fn sign(self, key: &crate::SecretKey) -> SignedTransaction {
        let signature = key.sign(self.id().as_bytes());
        SignedTransaction {
            transaction: self,
            signature,
        }
    }
}

impl SignedTransaction {
    /// Reads a transaction off the wire.
    pub fn decode_untrusted(bytes: &[u8], size_max: usize) -> Result<Self, DecodeError> {
        decode_untrusted(bytes, Limits::for_size(size_max))
    }

    /// The transaction's id; the signature is not part of it.
    #[cfg(feature = "hashing")]
    pub fn id(&self) -> TxId {
        self.transaction.id()
    }

    /// The account that acts and pays, if the signature holds.
    #[cfg(feature = "hashing")]
    pub fn sender(&self) -> Address {
        Address::of_key(&self.transaction.signer)
    }

    /// Its leaf under the block's transaction root: covers id and signature.
    #[cfg(feature = "hashing")]
    pub fn leaf(&self) -> [u8; 32] {
        leaf(&self.id(), &self.signature)
    }

    /// Checks everything that needs no chain: number of actions, signature. Pure and by far the
    /// dearest check; an importer calls it for many transactions on several threads.
    #[cfg(feature = "signing")]
    pub fn verify(self) -> Result<VerifiedTransaction, TxError> {
        let Transaction {
            signer, actions, ..
        } = &self.transaction;
        match actions.len() {
            0 => return Err(TxError::NoActions),
            1..=ACTIONS_MAX => {}
            found => return Err(TxError::TooManyActions { found }),
        }
        let id = self.id();
        signer.verify(id.as_bytes(), &self.signature)?;
        let (sender, size_bytes) = (self.sender(), self.encoded_size());
        Ok(VerifiedTransaction {
            signed: self,
            id,
            sender,
            size_bytes,
        })
    }
}

#[cfg(feature = "signing")]
impl VerifiedTransaction {
    /// As it came off the wire.
    pub fn signed(&self) -> &SignedTransaction {
        &self.signed
    }

    /// As it came off the wire.
    pub fn into_signed(self) -> SignedTransaction {
        self.signed
    }

    /// What was signed.
    pub fn transaction(&self) -> &Transaction {
        &self.signed.transaction
    }

    /// Its id, computed once.
    pub fn id(&self) -> TxId {
        self.id
    }

    /// The account that acts and pays.
    pub fn sender(&self) -> Address {
        self.sender
    }

    /// Its leaf under the block's transaction root.
    pub fn leaf(&self) -> [u8; 32] {
        leaf(&self.id, &self.signed.signature)
    }

    /// Size on the wire.
    pub fn size_bytes(&self) -> usize {
        self.size_bytes
    }
}

#[cfg(feature = "hashing")]
fn leaf(id: &TxId, signature: &Signature) -> [u8; 32] {
    Domain::TxLeaf.hash(&[id.as_bytes(), &signature.encode()])
}
