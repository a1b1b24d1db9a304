//! What a validator finds when it starts: chain, engine's log and signer's record, against each other.
//!
//! ```text
//! logged far above what else is here        the log is damaged, or the rest was rolled back: refuses
//! signed or logged above the next height   the database was rolled back: sits out until the others are there
//! signed for the next height, no log of it  what it is locked on is lost: sits out that height
//! else                                      takes part from the next height on
//! ```
//!
//! Sitting out the second costs one height. Voting would be within the letter of the record, which allows
//! a later round, and against what the validator promised in an earlier one.

use argosy_chain::Chain;
use argosy_consensus::log_height;
use argosy_primitives::{Address, Height};
use argosy_signer::Mark;

use crate::config::Config;
use crate::failure::{Exit, Failure};

/// So far above chain and record no log is.
const FAR: Height = 100;

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) head: Height,
    /// Highest height for which the key has signed; 0: none.
    pub(super) signed: Height,
    /// In which round of it.
    pub(super) round: u32,
    /// Height whose votes the engine has in its log, if it has a log that can be read.
    pub(super) logged: Option<Height>,
    pub(super) is_member: bool,
    /// It decides alone: nobody is there to wait for, or to be misled.
    pub(super) is_alone: bool,
}

impl Found {
    /// Looks at all three.
    pub(super) fn look(
        chain: &Chain,
        config: &Config,
        own: &Address,
        mark: Option<Mark>,
    ) -> Result<Found, Failure> {
        let logged = log_height(&super::log_file(config)).unwrap_or_else(|error| {
            tracing::warn!(
                target: "consensus",
                code = "consensus.log_unreadable",
                %error,
                "cannot read the engine's log"
            );
            None
        });
        let found = Found {
            head: chain.head().header.height,
            signed: mark.map_or(0, |it| it.at.height),
            round: mark.map_or(0, |it| it.at.round),
            logged,
            ..Found::default()
        };
        found.check()?;
        let validators = chain.validators();
        let power = validators.get(own).map_or(0, |it| it.power);
        let others = validators.total_power().saturating_sub(power.into());
        Ok(Found {
            is_member: power > 0,
            is_alone: u128::from(power) > others.saturating_mul(2),
            ..found
        })
    }

    /// A log may be of a height a little above: blocks were decided without this validator, and the
    /// database was rolled back since. No crash leaves one that is far above.
    fn check(&self) -> Result<(), Failure> {
        let Found { head, signed, .. } = *self;
        let near = head.max(signed).saturating_add(FAR);
        let Some(logged) = self.logged.filter(|it| *it > near) else {
            return Ok(());
        };
        let message = format!(
            "the engine's log, consensus.wal, is of height {logged}, but the chain has {head} blocks here, and the key \
             has signed up to height {signed}. Either the log is damaged: then remove it, and the validator sits out \
             one height. Or both chain and record were taken from an older copy: then the key may have signed up to \
             height {logged}; remove the log, and make a record that knows: move the old one away, and run argosyd \
             signer init --at-height {logged}"
        );
        Err(Failure::new(Exit::Directory, message))
    }

    fn next(&self) -> Height {
        self.head.saturating_add(1)
    }

    /// Whether the log is the one that belongs to the next height.
    pub(super) fn has_log(&self) -> bool {
        self.logged == Some(self.next())
    }

    /// Nothing is to be signed up to this height; 0: nothing keeps the validator.
    pub(super) fn hold(&self) -> Height {
        let above = self.signed.max(self.logged.unwrap_or(0));
        if above > self.next() {
            return above;
        }
        match self.signed == self.next() && !self.has_log() && !self.is_alone {
            true => self.signed,
            false => 0,
        }
    }

    /// Says what was found and what follows from it.
    pub(super) fn tell(&self) {
        let decision = if !self.is_member {
            "is not in the validator set: follows until it is"
        } else if self.hold() > self.next() {
            "has signed above what the database has: follows until the others are there"
        } else if self.hold() > 0 {
            "has signed for the next height and lost the engine's log of it: follows until the others have decided it"
        } else {
            "takes part from the next height on"
        };
        let Found {
            head,
            signed,
            round,
            logged,
            ..
        } = *self;
        tracing::info!(
            target: "consensus",
            code = "consensus.records_compared",
            head,
            signed,
            round,
            logged,
            decision,
            "chain, signer and engine compared"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(head: Height, signed: Height, logged: Option<Height>) -> Found {
        Found {
            head,
            signed,
            logged,
            is_member: true,
            ..Found::default()
        }
    }

    #[test]
    fn what_agrees_keeps_nobody() {
        for (head, signed, logged) in [
            (0, 0, None),
            (10, 11, Some(11)),
            // Killed after a decision, before anything of the next height.
            (10, 10, Some(11)),
            (10, 10, Some(10)),
            // Followed for a while: the log is old, and so is what was signed.
            (100, 10, Some(10)),
        ] {
            assert_eq!(
                found(head, signed, logged).hold(),
                0,
                "{head} {signed} {logged:?}"
            );
        }
    }

    #[test]
    fn a_database_that_was_rolled_back_waits_for_the_others() {
        assert_eq!(found(10, 30, Some(30)).hold(), 30);
        assert_eq!(found(10, 9, Some(30)).hold(), 30);
        assert_eq!(found(10, 12, None).hold(), 12);
    }

    #[test]
    fn a_log_of_a_height_that_nobody_came_to_is_refused() {
        // The second: two blocks were decided without it, and then the database was rolled back.
        for (head, signed, logged) in [(10, 11, None), (54, 59, Some(61)), (0, 0, Some(1))] {
            let found = found(head, signed, logged);
            assert!(found.check().is_ok(), "{found:?}");
        }
        for (head, signed, logged) in [(10, 9, 111), (556, 558, 134_218_286)] {
            let refused = found(head, signed, Some(logged)).check().unwrap_err();
            assert_eq!(refused.exit(), Exit::Directory);
            assert!(refused.message().contains("consensus.wal"));
        }
    }

    #[test]
    fn a_lost_log_costs_the_height_that_it_was_of() {
        for logged in [None, Some(10), Some(3)] {
            assert_eq!(found(10, 11, logged).hold(), 11, "{logged:?}");
        }
        let alone = Found {
            is_alone: true,
            ..found(10, 11, None)
        };
        assert_eq!(alone.hold(), 0, "it would wait for ever");
    }
}
