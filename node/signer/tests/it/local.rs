//! What is signed, and what never: any requests, crashes and rollbacks of one copy.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use argosy_primitives::{GenesisHash, PeerProof, ProposalParts, SecretKey};
use argosy_signer::{
    LocalSigner, Mark, Position, RECORD_FILE, Sign, SignError, Step, init_record, init_record_at,
};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::support::*;

#[test]
fn signs_what_verifies() {
    let folder = with_record();
    let signer = open(folder.path()).unwrap();
    let (public, prevote, proposal) = (key().public(), prevote(1, 9), proposal(1, 0, 9));
    assert_eq!(signer.mark().unwrap(), None);
    let signature = signer.sign_proposal(&proposal).unwrap();
    assert!(
        public
            .verify(proposal.sign_hash().as_bytes(), &signature)
            .is_ok()
    );
    let signature = signer.sign_vote(&prevote).unwrap();
    assert!(
        public
            .verify(prevote.sign_hash().as_bytes(), &signature)
            .is_ok()
    );
    let expected = Mark {
        at: at(1, 0, Step::Prevote),
        sign_hash: prevote.sign_hash(),
        signature,
    };
    assert_eq!(signer.mark().unwrap(), Some(expected));
    assert_eq!(signer.address(), address());
}

#[test]
fn what_binds_to_nothing_makes_no_mark() {
    let folder = with_record();
    let signer = open(folder.path()).unwrap();
    signer.sign_vote(&precommit(9, 1)).unwrap();
    let mark = signer.mark().unwrap();
    let parts = |value: u8| ProposalParts {
        chain: chain(),
        height: 3,
        round: 0,
        valid_round: None,
        block: [value; 32].into(),
        pieces: 1,
    };
    let proof = PeerProof {
        chain: chain(),
        peer: vec![1, 2, 3],
    };
    assert_ne!(
        signer.sign_parts(&parts(1)).unwrap(),
        signer.sign_parts(&parts(2)).unwrap()
    );
    let signature = signer.sign_peer(&proof).unwrap();
    let hash = proof.sign_hash();
    assert!(
        signer
            .public_key()
            .verify(hash.as_bytes(), &signature)
            .is_ok()
    );
    assert_eq!(signer.mark().unwrap(), mark);
}

#[test]
fn refuses_other_chains_and_validators() {
    let folder = with_record();
    let signer = open(folder.path()).unwrap();
    let other = GenesisHash::from_bytes([2; 32]);
    let somebody = argosy_primitives::Address::of_key(&SecretKey::generate_from([8; 32]).public());

    let is_chain =
        |error| matches!(error, Err(SignError::OtherChain { asked, .. }) if asked == other);
    let (mut vote, mut asked) = (prevote(1, 1), proposal(1, 0, 1));
    (vote.chain, asked.chain) = (other, other);
    assert!(is_chain(signer.sign_vote(&vote)));
    assert!(is_chain(signer.sign_proposal(&asked)));
    let parts = ProposalParts {
        chain: other,
        height: 1,
        round: 0,
        valid_round: None,
        block: [1; 32].into(),
        pieces: 1,
    };
    assert!(is_chain(signer.sign_parts(&parts)));
    let proof = PeerProof {
        chain: other,
        peer: vec![],
    };
    assert!(is_chain(signer.sign_peer(&proof)));

    let is_other =
        |error| matches!(error, Err(SignError::OtherValidator { asked, .. }) if asked == somebody);
    let (mut vote, mut asked) = (prevote(1, 1), proposal(1, 0, 1));
    (vote.validator, asked.proposer) = (somebody, somebody);
    assert!(is_other(signer.sign_vote(&vote)));
    assert!(is_other(signer.sign_proposal(&asked)));
    assert_eq!(signer.mark().unwrap(), None);
}

/// An engine that restarts asks again for what it signed at its height, in its order.
#[test]
fn an_engine_may_replay_its_height() {
    let folder = with_record();
    let places: Vec<Position> = (0..3)
        .flat_map(|round| {
            [Step::Proposal, Step::Prevote, Step::Precommit].map(|step| at(5, round, step))
        })
        .collect();
    let sign = |signer: &LocalSigner| -> Vec<_> {
        places
            .iter()
            .map(|&at| ask(signer, at, 1).unwrap())
            .collect()
    };
    let before = sign(&open(folder.path()).unwrap());
    let signer = open(folder.path()).unwrap();
    assert_eq!(sign(&signer), before);
    for &place in &places {
        let refused = ask(&signer, place, 2);
        assert!(matches!(refused, Err(SignError::Conflict { at, .. }) if at == place));
    }
    let refused = ask(&signer, at(4, 9, Step::Precommit), 1);
    assert!(matches!(refused, Err(SignError::Below { .. })));
    assert!(refused.unwrap_err().is_refusal());
}

#[test]
fn sits_out_what_it_is_told_to() {
    let folder = TempDir::new().unwrap();
    init_record_at(folder.path(), chain(), &key().public(), 10).unwrap();
    let signer = open(folder.path()).unwrap();
    let refused = signer.sign_vote(&prevote(10, 1));
    assert!(matches!(
        refused,
        Err(SignError::Held {
            height: 10,
            until: 10
        })
    ));
    signer.sign_vote(&prevote(11, 1)).unwrap();
    signer.hold_until(11).unwrap();
    signer.hold_until(3).unwrap();
    drop(signer);
    let signer = open(folder.path()).unwrap();
    assert_eq!(signer.held_until().unwrap(), 11);
    assert!(matches!(
        signer.sign_vote(&prevote(11, 1)),
        Err(SignError::Held { .. })
    ));
    signer.sign_vote(&prevote(12, 1)).unwrap();
}

#[test]
fn of_many_threads_one_gets_the_signature() {
    let folder = with_record();
    let signer = open(folder.path()).unwrap();
    let signed = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..9u8)
            .map(|value| {
                scope.spawn({
                    let signer = &signer;
                    move || signer.sign_vote(&precommit(4, value))
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|it| it.join().unwrap())
            .filter(Result::is_ok)
            .count()
    });
    assert_eq!(signed, 1);
}

#[test]
fn prints_no_secret() {
    let folder = with_record();
    let signer = open(folder.path()).unwrap();
    let text = format!("{signer:?}");
    assert!(
        !text.contains(&"07".repeat(8)) && !text.contains("7, 7"),
        "{text}"
    );
}

#[derive(Debug, Clone)]
enum Event {
    Ask(Position, u8),
    /// The process is killed and started again.
    Restart,
    /// It dies between record and second copy.
    DieBetween(Position, u8),
    /// It dies while this slot is written, after so many bytes.
    Tear(u8, usize),
    /// An old record is put back; how many writes ago.
    RollBackRecord(usize),
    /// An old second copy is put back; 0 takes it away.
    RollBackKeeper(usize),
}

fn place() -> impl Strategy<Value = Position> {
    (1u64..5, 0u32..3, 0usize..3).prop_map(|(height, round, step)| {
        at(
            height,
            round,
            [Step::Proposal, Step::Prevote, Step::Precommit][step],
        )
    })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => (place(), 1u8..4).prop_map(|(at, value)| Event::Ask(at, value)),
        2 => Just(Event::Restart),
        2 => (place(), 1u8..4).prop_map(|(at, value)| Event::DieBetween(at, value)),
        1 => (0u8..2, 0usize..400).prop_map(|(slot, bytes)| Event::Tear(slot, bytes)),
        1 => (0usize..8).prop_map(Event::RollBackRecord),
        1 => (0usize..8).prop_map(Event::RollBackKeeper),
    ]
}

/// A signer with all it has ever released and written.
struct World {
    _folder: TempDir,
    path: PathBuf,
    keeper: Arc<Keeper>,
    signer: Option<LocalSigner>,
    released: BTreeMap<Position, u8>,
    records: Vec<Vec<u8>>,
    kept: Vec<Option<Mark>>,
}

impl World {
    fn new() -> World {
        let folder = TempDir::new().unwrap();
        init_record(folder.path(), chain(), &key().public()).unwrap();
        let (path, keeper) = (folder.path().to_owned(), Arc::new(Keeper::default()));
        World {
            signer: Some(open_with(&path, &keeper).unwrap()),
            _folder: folder,
            path,
            keeper,
            released: BTreeMap::new(),
            records: Vec::new(),
            kept: Vec::new(),
        }
    }

    fn record(&self) -> PathBuf {
        self.path.join(RECORD_FILE)
    }

    fn ask(&mut self, at: Position, value: u8) -> Result<(), TestCaseError> {
        self.records.push(fs::read(self.record()).unwrap());
        self.kept.push(*self.keeper.mark.lock().unwrap());
        let highest = self.released.last_key_value().map(|(at, _)| *at);
        if ask(self.signer.as_ref().unwrap(), at, value).is_ok() {
            match self.released.insert(at, value) {
                Some(before) => prop_assert_eq!(before, value, "two signatures at {}", at),
                None => prop_assert!(
                    highest.is_none_or(|it| it < at),
                    "{} after {:?}",
                    at,
                    highest
                ),
            }
        }
        Ok(())
    }

    fn happen(&mut self, event: Event) -> Result<(), TestCaseError> {
        match event {
            Event::Ask(at, value) => return self.ask(at, value),
            Event::DieBetween(at, value) => {
                self.keeper.fails.store(true, Ordering::Relaxed);
                self.ask(at, value)?;
                self.keeper.fails.store(false, Ordering::Relaxed);
            }
            Event::Restart
            | Event::Tear(..)
            | Event::RollBackRecord(_)
            | Event::RollBackKeeper(_) => {}
        }
        self.signer = None;
        match event {
            Event::Tear(slot, bytes) => {
                let file = fs::OpenOptions::new()
                    .write(true)
                    .open(self.record())
                    .unwrap();
                file.write_all_at(&vec![0x5a; bytes], u64::from(slot) * (16 << 10))
                    .unwrap();
            }
            Event::RollBackRecord(back) => {
                if let Some(old) = self.records.iter().rev().nth(back) {
                    fs::write(self.record(), old).unwrap();
                }
            }
            Event::RollBackKeeper(back) => {
                let old = back
                    .checked_sub(1)
                    .and_then(|it| self.kept.iter().rev().nth(it));
                *self.keeper.mark.lock().unwrap() = old.copied().flatten();
            }
            Event::Ask(..) | Event::Restart | Event::DieBetween(..) => {}
        }
        let signer = open_with(&self.path, &self.keeper).unwrap();
        let mark = signer.mark().unwrap().map(|mark| mark.at);
        let highest = self.released.last_key_value().map(|(at, _)| *at);
        prop_assert!(
            mark >= highest,
            "{:?} was released, {:?} is known",
            highest,
            mark
        );
        self.signer = Some(signer);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        rng_seed: proptest::test_runner::RngSeed::Fixed(33),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_place_gets_two_signatures(events in prop::collection::vec(event(), 1..60)) {
        let mut world = World::new();
        for event in events {
            world.happen(event)?;
        }
    }
}
