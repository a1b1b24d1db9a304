//! What may be signed after what: the rules, as a value in memory.
//!
//! ```text
//!            sits out       same bytes again        new
//!   ─────────────────────┬──────────────────────┬──────────▶ height, round, step
//!                 sits_out_until           highest mark
//! ```
//!
//! An engine that restarts replays its log and asks again for what it has signed at its height,
//! also below the highest mark. So the marks of the current height are kept, the last
//! [`MARKS_MAX`] of them, and their signatures are given again; nothing new ever is below.
//!
//! Invariant: marks are of one height and strictly ascend; a rule never lowers what it refuses.
//! Not here: disk (`record`), keys (`local`). A simulator signs by this alone.

use argosy_primitives::{Hash32, Height, Signature};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::{Mark, Position, SignError};

/// Marks kept of one height: three steps of 32 rounds.
pub(crate) const MARKS_MAX: usize = 3 * 32;

/// What a key has signed, as far as it matters for what it may sign.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, DecodeWithMemTracking)]
pub struct History {
    /// Nothing is signed at or below this height, not even again. Height 0 is never signed.
    sits_out_until: Height,
    /// The highest mark before the last one was made: what the second copy may still hold.
    previous: Option<Mark>,
    /// Of the current height, ascending.
    marks: Vec<Mark>,
}

impl History {
    /// Of a key that has signed nothing, or nothing above this height.
    pub fn above(sits_out_until: Height) -> History {
        History {
            sits_out_until,
            ..History::default()
        }
    }

    /// The signature that was given there for the same hash, or none if it may be signed now.
    pub fn judge(
        &self,
        asked: Position,
        sign_hash: &Hash32,
    ) -> Result<Option<Signature>, SignError> {
        if asked.height <= self.sits_out_until {
            return Err(SignError::Held {
                height: asked.height,
                until: self.sits_out_until,
            });
        }
        let known = self.marks.iter().find(|mark| mark.at == asked);
        if let Some(known) = known {
            if known.sign_hash == *sign_hash {
                return Ok(Some(known.signature));
            }
            return Err(SignError::Conflict {
                at: asked,
                signed: known.sign_hash,
                asked: *sign_hash,
            });
        }
        match self.last() {
            Some(mark) if asked <= mark.at => Err(SignError::Below {
                asked,
                mark: mark.at,
            }),
            _ => Ok(None),
        }
    }

    /// After one more signature, which [`History::judge`] has allowed.
    pub fn with(&self, mark: Mark) -> History {
        let mut next = self.clone();
        next.previous = self.last().copied();
        if (self.last()).is_some_and(|last| last.at.height != mark.at.height) {
            next.marks.clear();
        }
        if next.marks.len() >= MARKS_MAX {
            next.marks.remove(0);
        }
        next.marks.push(mark);
        next
    }

    /// After it was told to sign nothing up to `height`. Never lowers what was said before.
    pub(crate) fn held_until(&self, height: Height) -> History {
        let mut next = self.clone();
        next.sits_out_until = next.sits_out_until.max(height);
        next
    }

    /// The highest mark.
    pub fn last(&self) -> Option<&Mark> {
        self.marks.last()
    }

    /// The highest mark before the last one.
    pub(crate) fn previous(&self) -> Option<&Mark> {
        self.previous.as_ref()
    }

    /// Nothing is signed up to here.
    pub(crate) fn sits_out_until(&self) -> Height {
        self.sits_out_until
    }

    /// `false` for bytes that no signer has written.
    pub(crate) fn is_sound(&self) -> bool {
        let ascend = self
            .marks
            .windows(2)
            .all(|pair| pair[0].at < pair[1].at && pair[0].at.height == pair[1].at.height);
        let follows = match (&self.previous, self.marks.first(), self.last()) {
            (Some(previous), Some(_), Some(last)) => previous.at < last.at,
            (Some(_), None, _) | (Some(_), _, None) => false,
            (None, ..) => true,
        };
        ascend && follows && self.marks.len() <= MARKS_MAX
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use argosy_primitives::SecretKey;
    use proptest::prelude::*;

    use super::*;
    use crate::Step;

    fn position(height: Height, round: u32, step: u8) -> Position {
        let step = match step {
            0 => Step::Proposal,
            1 => Step::Prevote,
            _ => Step::Precommit,
        };
        Position {
            height,
            round,
            step,
        }
    }

    fn mark(at: Position, value: u8) -> Mark {
        Mark {
            at,
            sign_hash: Hash32::from_bytes([value; 32]),
            signature: Signature::Ed25519([value; 64]),
        }
    }

    /// Signs what may be signed.
    fn ask(history: &mut History, at: Position, value: u8) -> Result<Signature, SignError> {
        let wanted = mark(at, value);
        if let Some(again) = history.judge(at, &wanted.sign_hash)? {
            return Ok(again);
        }
        *history = history.with(wanted);
        assert!(history.is_sound());
        Ok(wanted.signature)
    }

    #[track_caller]
    fn check(asked: &[(u64, u32, u8, u8)], expected: &str) {
        let mut history = History::above(1);
        let answers = asked.iter().map(|&(height, round, step, value)| {
            match ask(&mut history, position(height, round, step), value) {
                Ok(_) => 's',
                Err(SignError::Held { .. }) => 'h',
                Err(SignError::Below { .. }) => 'b',
                Err(SignError::Conflict { .. }) => 'c',
                Err(other) => panic!("{other}"),
            }
        });
        assert_eq!(answers.collect::<String>(), expected, "{asked:?}");
    }

    #[test]
    fn signs_upwards_only() {
        check(
            &[(2, 0, 0, 1), (2, 0, 1, 1), (2, 0, 2, 1), (3, 0, 0, 1)],
            "ssss",
        );
        check(
            &[(2, 1, 1, 1), (2, 1, 0, 1), (2, 0, 2, 1), (2, 1, 2, 1)],
            "sbbs",
        );
        check(&[(3, 0, 0, 1), (2, 9, 2, 1)], "sb");
    }

    #[test]
    fn signs_the_same_again_anywhere_in_its_height() {
        check(
            &[
                (2, 0, 0, 1),
                (2, 0, 1, 1),
                (2, 1, 2, 1),
                (2, 0, 0, 1),
                (2, 0, 1, 1),
            ],
            "sssss",
        );
        check(&[(2, 0, 1, 1), (3, 0, 1, 1), (2, 0, 1, 1)], "ssb");
    }

    #[test]
    fn refuses_other_bytes_anywhere_in_its_height() {
        check(&[(2, 0, 1, 1), (2, 0, 1, 2), (2, 0, 1, 1)], "scs");
        check(&[(2, 0, 0, 1), (2, 4, 1, 1), (2, 0, 0, 2)], "ssc");
    }

    #[test]
    fn sits_out() {
        check(&[(0, 0, 0, 1), (1, 9, 2, 1), (2, 0, 0, 1)], "hhs");
        let mut history = History::above(0);
        let at = position(5, 0, 1);
        assert!(ask(&mut history, position(0, 0, 0), 1).is_err());
        assert!(ask(&mut history, at, 1).is_ok());
        history = history.held_until(5).held_until(3);
        assert!(matches!(
            ask(&mut history, at, 1),
            Err(SignError::Held { until: 5, .. })
        ));
        assert!(ask(&mut history, position(6, 0, 0), 1).is_ok());
    }

    #[test]
    fn forgets_the_oldest_marks_of_an_endless_height() {
        let mut history = History::above(0);
        for round in 0..=MARKS_MAX as u32 {
            assert!(ask(&mut history, position(1, round, 1), 1).is_ok());
        }
        let oldest = ask(&mut history, position(1, 0, 1), 1);
        assert!(matches!(oldest, Err(SignError::Below { .. })));
        assert!(ask(&mut history, position(1, 1, 1), 1).is_ok());
        assert_eq!(history.marks.len(), MARKS_MAX);
    }

    #[test]
    fn knows_bytes_that_no_signer_wrote() {
        let (low, high) = (mark(position(1, 0, 1), 1), mark(position(2, 0, 0), 1));
        let history = |previous, marks: &[Mark]| History {
            previous,
            marks: marks.to_vec(),
            ..History::default()
        };
        assert!(history(Some(low), &[high]).is_sound());
        assert!(!history(Some(high), &[low]).is_sound());
        assert!(!history(Some(low), &[]).is_sound());
        assert!(!history(None, &[low, high]).is_sound());
        assert!(!history(None, &[low, low]).is_sound());
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 500,
            rng_seed: proptest::test_runner::RngSeed::Fixed(32),
            ..ProptestConfig::default()
        })]

        #[test]
        fn no_place_gets_two_signatures(
            asked in prop::collection::vec((1u64..4, 0u32..40, 0u8..3, 0u8..3), 1..200),
        ) {
            let mut history = History::above(0);
            let mut released: BTreeMap<Position, u8> = BTreeMap::new();
            for (height, round, step, value) in asked {
                let at = position(height, round, step);
                let highest = released.last_key_value().map(|(at, _)| *at);
                match ask(&mut history, at, value) {
                    Ok(signature) => {
                        prop_assert_eq!(signature, Signature::Ed25519([value; 64]));
                        match released.get(&at) {
                            Some(before) => prop_assert_eq!(*before, value),
                            None => prop_assert!(highest.is_none_or(|it| at > it)),
                        }
                        released.insert(at, value);
                    }
                    Err(_) => {
                        prop_assert!(highest.is_some_and(|it| at <= it));
                        let is_same = released.get(&at) == Some(&value);
                        prop_assert!(!is_same || highest.is_some_and(|it| it.height > height));
                    }
                }
            }
        }
    }

    /// A mark says who signed it.
    #[test]
    fn a_mark_is_of_its_key() {
        let key = SecretKey::generate_from([3; 32]);
        let mut mark = mark(position(1, 0, 0), 9);
        mark.signature = key.sign(mark.sign_hash.as_bytes());
        assert!(mark.is_by(&key.public()));
        assert!(!mark.is_by(&SecretKey::generate_from([4; 32]).public()));
    }
}
