//! Makes the blocks durable on which a vote builds, before a signer in another process signs it.
//!
//! Blocks of others' are committed without a sync while a node catches up. Who votes on such a head and
//! loses it with the power has signed above it, and sits out the height that it voted on; if one more
//! validator is away then, nobody decides that height. A signer in this process syncs its second copy
//! into the same store, and needs none of this.

use std::sync::Arc;

use argosy_kv::{Batch, Column, Durability, Store};
use argosy_primitives::{
    GenesisHash, Height, PeerProof, Proposal, ProposalParts, PublicKey, Signature, Vote,
};
use argosy_signer::{Mark, Sign, SignError};
use parity_scale_codec::Encode;

/// Nobody reads it; a batch that changes nothing might not be synced.
const KEY: &[u8] = b"signing";

/// A signer that asks another one, once everything committed before is on disk.
pub(super) struct BlocksFirst<S> {
    signer: S,
    store: Arc<dyn Store>,
}

impl<S: Sign> BlocksFirst<S> {
    pub(super) fn new(signer: S, store: Arc<dyn Store>) -> BlocksFirst<S> {
        BlocksFirst { signer, store }
    }

    fn sync(&self, height: Height) -> Result<(), SignError> {
        let mut batch = Batch::new();
        batch.put(Column::Meta, KEY, height.encode());
        let synced = self.store.commit(batch, Durability::Synced);
        synced.map_err(|error| SignError::Blocks(Box::new(error)))
    }
}

impl<S: Sign> Sign for BlocksFirst<S> {
    fn public_key(&self) -> PublicKey {
        self.signer.public_key()
    }

    fn chain(&self) -> GenesisHash {
        self.signer.chain()
    }

    fn sign_vote(&self, vote: &Vote) -> Result<Signature, SignError> {
        self.sync(vote.height)?;
        self.signer.sign_vote(vote)
    }

    fn sign_proposal(&self, proposal: &Proposal) -> Result<Signature, SignError> {
        self.sync(proposal.height)?;
        self.signer.sign_proposal(proposal)
    }

    fn sign_parts(&self, parts: &ProposalParts) -> Result<Signature, SignError> {
        self.signer.sign_parts(parts)
    }

    fn sign_peer(&self, proof: &PeerProof) -> Result<Signature, SignError> {
        self.signer.sign_peer(proof)
    }

    fn mark(&self) -> Result<Option<Mark>, SignError> {
        self.signer.mark()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_kv::{Cause, KvError, MemoryStore, View};
    use argosy_primitives::{Address, BlockHash, SecretKey, VoteKind};
    use std::sync::Mutex;

    /// What happened, in order.
    type Diary = Arc<Mutex<Vec<&'static str>>>;

    struct Disk {
        store: MemoryStore,
        diary: Diary,
        is_broken: bool,
    }

    impl Store for Disk {
        fn view(&self) -> Arc<dyn View> {
            self.store.view()
        }

        fn commit(&self, batch: Batch, durability: Durability) -> Result<(), KvError> {
            if self.is_broken {
                let (cause, source) = (Cause::NoSpace, "full".into());
                return Err(KvError::Commit { cause, source });
            }
            assert!(!batch.is_empty());
            let what = match durability {
                Durability::Synced => "synced",
                Durability::Buffered => "buffered",
            };
            self.diary.lock().unwrap().push(what);
            self.store.commit(batch, durability)
        }
    }

    struct Pen {
        key: SecretKey,
        diary: Diary,
    }

    impl Pen {
        fn sign(&self, hash: &[u8; 32]) -> Result<Signature, SignError> {
            self.diary.lock().unwrap().push("signed");
            Ok(self.key.sign(hash))
        }
    }

    impl Sign for Pen {
        fn public_key(&self) -> PublicKey {
            self.key.public()
        }

        fn chain(&self) -> GenesisHash {
            GenesisHash::from_bytes([1; 32])
        }

        fn sign_vote(&self, vote: &Vote) -> Result<Signature, SignError> {
            self.sign(vote.sign_hash().as_bytes())
        }

        fn sign_proposal(&self, proposal: &Proposal) -> Result<Signature, SignError> {
            self.sign(proposal.sign_hash().as_bytes())
        }

        fn sign_parts(&self, parts: &ProposalParts) -> Result<Signature, SignError> {
            self.sign(parts.sign_hash().as_bytes())
        }

        fn sign_peer(&self, proof: &PeerProof) -> Result<Signature, SignError> {
            self.sign(proof.sign_hash().as_bytes())
        }

        fn mark(&self) -> Result<Option<Mark>, SignError> {
            Ok(None)
        }
    }

    fn signer(is_broken: bool) -> (BlocksFirst<Pen>, Diary) {
        let diary = Diary::default();
        let pen = Pen {
            key: SecretKey::generate_from([7; 32]),
            diary: Arc::clone(&diary),
        };
        let disk = Disk {
            store: MemoryStore::new(),
            diary: Arc::clone(&diary),
            is_broken,
        };
        (BlocksFirst::new(pen, Arc::new(disk)), diary)
    }

    fn vote(signer: &impl Sign) -> Vote {
        Vote {
            kind: VoteKind::Prevote,
            chain: signer.chain(),
            height: 5,
            round: 0,
            value: None,
            validator: Address::of_key(&signer.public_key()),
        }
    }

    #[test]
    fn what_binds_is_signed_after_the_blocks_are_on_disk() {
        let (signer, diary) = signer(false);
        let vote = vote(&signer);
        signer.sign_vote(&vote).unwrap();
        signer
            .sign_proposal(&Proposal {
                chain: vote.chain,
                height: 5,
                round: 1,
                value: BlockHash::from_bytes([2; 32]),
                valid_round: None,
                proposer: vote.validator,
            })
            .unwrap();
        let diary = diary.lock().unwrap();
        assert_eq!(*diary, ["synced", "signed", "synced", "signed"]);
    }

    #[test]
    fn nothing_is_signed_on_blocks_that_may_be_lost() {
        let (signer, diary) = signer(true);
        let signed = signer.sign_vote(&vote(&signer));
        assert!(matches!(signed, Err(SignError::Blocks(_))));
        assert!(signed.is_err_and(|it| !it.is_refusal()));
        assert!(diary.lock().unwrap().is_empty());
    }
}
