//! Signs in this process: key, record and second copy together.
//!
//! Invariant: once a write has failed, nothing is signed until record and second copy are opened
//! anew: what is on disk is then unknown, and nothing of the failed signature has left.
//! Every signature that binds is told, under the target `signed`, before it leaves: who audits a
//! network finds all of them in its logs, also after a kill.
//! Not here: the rules (`history`) and the bytes (`record`).

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use argosy_primitives::{
    Address, GenesisHash, Hash32, Height, PeerProof, Proposal, ProposalParts, PublicKey, SecretKey,
    Signature, Vote,
};

use crate::history::History;
use crate::keeper::{self, Copies, MarkKeeper};
use crate::record::Record;
use crate::{Mark, Position, Sign, SignError, Step};

/// A validator's key with its sign record. Locked for others until it is dropped.
pub struct LocalSigner {
    key: SecretKey,
    public: PublicKey,
    address: Address,
    chain: GenesisHash,
    keeper: Option<Arc<dyn MarkKeeper>>,
    copies: Copies,
    was_torn: bool,
    book: Mutex<Book>,
}

struct Book {
    record: Record,
    is_broken: bool,
}

impl LocalSigner {
    /// Opens the record in `folder` and compares it with the second copy.
    ///
    /// Fails where there is no record: [`crate::init_record`], [`crate::init_record_at`] and
    /// [`crate::import_record`] make one. Two copies that differ are not an error: see [`LocalSigner::copies`].
    pub fn open(
        key: SecretKey,
        chain: GenesisHash,
        folder: &Path,
        keeper: Option<Arc<dyn MarkKeeper>>,
    ) -> Result<LocalSigner, SignError> {
        let public = key.public();
        let mut record = Record::open(folder, chain, &public)?;
        let copies = match &keeper {
            Some(keeper) => join(&mut record, keeper.as_ref(), &public)?,
            None => Copies::Single,
        };
        Ok(LocalSigner {
            key,
            public,
            address: Address::of_key(&public),
            chain,
            keeper,
            copies,
            was_torn: record.was_torn(),
            book: Mutex::new(Book {
                record,
                is_broken: false,
            }),
        })
    }

    /// How record and second copy compared at opening.
    pub fn copies(&self) -> Copies {
        self.copies
    }

    /// `true` if the record had one torn slot at opening, as a power cut leaves it; mended since.
    /// Without a power cut it means a failing disk.
    pub fn was_torn(&self) -> bool {
        self.was_torn
    }

    /// Who this key is on chain.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Signs nothing at or below `height` from now on, also after a restart. Never lowers.
    pub fn hold_until(&self, height: Height) -> Result<(), SignError> {
        let mut book = self.book()?;
        if height <= book.record.history().sits_out_until() {
            return Ok(());
        }
        let history = book.record.history().held_until(height);
        book.write(history, None, None)
    }

    /// The last height that is sat out; 0 if none is.
    pub fn held_until(&self) -> Result<Height, SignError> {
        Ok(self.book()?.record.history().sits_out_until())
    }

    /// Signs above the highest mark, or gives the signature of the same bytes again.
    fn sign_at(&self, at: Position, sign_hash: Hash32) -> Result<Signature, SignError> {
        let mut book = self.book()?;
        if let Some(again) = book.record.history().judge(at, &sign_hash)? {
            self.tell(at, &sign_hash);
            return Ok(again);
        }
        let signature = self.key.sign(sign_hash.as_bytes());
        let mark = Mark {
            at,
            sign_hash,
            signature,
        };
        let history = book.record.history().with(mark);
        book.write(history, self.keeper.as_deref(), Some(&mark))?;
        self.tell(at, &sign_hash);
        Ok(signature)
    }

    /// Says what is about to leave.
    fn tell(&self, at: Position, sign_hash: &Hash32) {
        tracing::debug!(
            target: "signed",
            key = %self.public,
            height = at.height,
            round = at.round,
            step = at.step.as_str(),
            %sign_hash,
            "gives a signature"
        );
    }

    fn check_chain(&self, asked: GenesisHash) -> Result<(), SignError> {
        let own = self.chain;
        match asked == own {
            true => Ok(()),
            false => Err(SignError::OtherChain { asked, own }),
        }
    }

    fn check_validator(&self, asked: Address) -> Result<(), SignError> {
        let own = self.address;
        match asked == own {
            true => Ok(()),
            false => Err(SignError::OtherValidator { asked, own }),
        }
    }

    fn book(&self) -> Result<MutexGuard<'_, Book>, SignError> {
        match self.book.lock() {
            Ok(book) if !book.is_broken => Ok(book),
            // Broken, or a panic came in the middle of a write.
            _ => Err(SignError::Broken),
        }
    }
}

impl Book {
    /// Both are on disk when this returns; after an error nothing is written any more.
    fn write(
        &mut self,
        history: History,
        keeper: Option<&dyn MarkKeeper>,
        mark: Option<&Mark>,
    ) -> Result<(), SignError> {
        self.is_broken = true;
        self.record.save(history)?;
        if let (Some(keeper), Some(mark)) = (keeper, mark) {
            keeper.save(mark).map_err(SignError::Keeper)?;
        }
        self.is_broken = false;
        Ok(())
    }
}

/// Compares the copies and brings both up to what holds.
fn join(
    record: &mut Record,
    keeper: &dyn MarkKeeper,
    key: &PublicKey,
) -> Result<Copies, SignError> {
    let kept = keeper.load().map_err(SignError::Keeper)?;
    if let Some(foreign) = kept.filter(|mark| !mark.is_by(key)) {
        return Err(SignError::KeeperForeign { at: foreign.at });
    }
    let copies = keeper::compare(record.history(), kept.as_ref());
    if let Copies::Differ { .. } = copies {
        // Crashing before the next save leaves them different: the next opening does the same.
        record.save(keeper::reconcile(record.history(), kept.as_ref()))?;
    }
    if let Some(last) = record.history().last() {
        // Also when it has it already: only what is saved now is known to be on disk.
        keeper.save(last).map_err(SignError::Keeper)?;
    }
    Ok(copies)
}

impl Sign for LocalSigner {
    fn public_key(&self) -> PublicKey {
        self.public
    }

    fn chain(&self) -> GenesisHash {
        self.chain
    }

    fn sign_vote(&self, vote: &Vote) -> Result<Signature, SignError> {
        self.check_chain(vote.chain)?;
        self.check_validator(vote.validator)?;
        let at = Position {
            height: vote.height,
            round: vote.round,
            step: vote.kind.into(),
        };
        self.sign_at(at, vote.sign_hash())
    }

    fn sign_proposal(&self, proposal: &Proposal) -> Result<Signature, SignError> {
        self.check_chain(proposal.chain)?;
        self.check_validator(proposal.proposer)?;
        let at = Position {
            height: proposal.height,
            round: proposal.round,
            step: Step::Proposal,
        };
        self.sign_at(at, proposal.sign_hash())
    }

    fn sign_parts(&self, parts: &ProposalParts) -> Result<Signature, SignError> {
        self.check_chain(parts.chain)?;
        Ok(self.key.sign(parts.sign_hash().as_bytes()))
    }

    fn sign_peer(&self, proof: &PeerProof) -> Result<Signature, SignError> {
        self.check_chain(proof.chain)?;
        Ok(self.key.sign(proof.sign_hash().as_bytes()))
    }

    fn mark(&self) -> Result<Option<Mark>, SignError> {
        Ok(self.book()?.record.history().last().copied())
    }
}

impl fmt::Debug for LocalSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSigner")
            .field("public", &self.public)
            .field("chain", &self.chain)
            .field("copies", &self.copies)
            .finish_non_exhaustive()
    }
}
