//! Keys, votes, second copies that fail.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use argosy_primitives::{
    Address, BlockHash, GenesisHash, Height, Proposal, Round, SecretKey, Signature, Vote, VoteKind,
};
use argosy_signer::{
    KeeperFailure, LocalSigner, Mark, MarkKeeper, Position, Sign, SignError, Step, init_record,
};
use tempfile::TempDir;

pub(crate) fn key() -> SecretKey {
    SecretKey::generate_from([7; 32])
}

pub(crate) fn chain() -> GenesisHash {
    GenesisHash::from_bytes([1; 32])
}

pub(crate) fn address() -> Address {
    Address::of_key(&key().public())
}

pub(crate) fn at(height: Height, round: Round, step: Step) -> Position {
    Position {
        height,
        round,
        step,
    }
}

pub(crate) fn vote(height: Height, round: Round, kind: VoteKind, value: u8) -> Vote {
    Vote {
        kind,
        chain: chain(),
        height,
        round,
        value: (value > 0).then(|| BlockHash::from_bytes([value; 32])),
        validator: address(),
    }
}

pub(crate) fn prevote(height: Height, value: u8) -> Vote {
    vote(height, 0, VoteKind::Prevote, value)
}

pub(crate) fn precommit(height: Height, value: u8) -> Vote {
    vote(height, 0, VoteKind::Precommit, value)
}

pub(crate) fn proposal(height: Height, round: Round, value: u8) -> Proposal {
    Proposal {
        chain: chain(),
        height,
        round,
        value: BlockHash::from_bytes([value; 32]),
        valid_round: None,
        proposer: address(),
    }
}

/// Asks for what belongs there.
pub(crate) fn ask(signer: &dyn Sign, at: Position, value: u8) -> Result<Signature, SignError> {
    match at.step {
        Step::Proposal => signer.sign_proposal(&proposal(at.height, at.round, value)),
        Step::Prevote => signer.sign_vote(&vote(at.height, at.round, VoteKind::Prevote, value)),
        Step::Precommit => signer.sign_vote(&vote(at.height, at.round, VoteKind::Precommit, value)),
    }
}

pub(crate) fn with_record() -> TempDir {
    let folder = TempDir::new().unwrap();
    init_record(folder.path(), chain(), &key().public()).unwrap();
    folder
}

pub(crate) fn open(folder: &Path) -> Result<LocalSigner, SignError> {
    LocalSigner::open(key(), chain(), folder, None)
}

pub(crate) fn open_with(folder: &Path, keeper: &Arc<Keeper>) -> Result<LocalSigner, SignError> {
    LocalSigner::open(key(), chain(), folder, Some(keeper.clone()))
}

/// A second copy in memory, which fails when told to.
#[derive(Default)]
pub(crate) struct Keeper {
    pub(crate) mark: Mutex<Option<Mark>>,
    pub(crate) fails: AtomicBool,
}

impl Keeper {
    pub(crate) fn position(&self) -> Option<Position> {
        self.mark.lock().unwrap().map(|mark| mark.at)
    }

    fn check(&self) -> Result<(), KeeperFailure> {
        match self.fails.load(Ordering::Relaxed) {
            true => Err("told to fail".into()),
            false => Ok(()),
        }
    }
}

impl MarkKeeper for Keeper {
    fn load(&self) -> Result<Option<Mark>, KeeperFailure> {
        self.check()?;
        Ok(*self.mark.lock().unwrap())
    }

    fn save(&self, mark: &Mark) -> Result<(), KeeperFailure> {
        self.check()?;
        *self.mark.lock().unwrap() = Some(*mark);
        Ok(())
    }
}
