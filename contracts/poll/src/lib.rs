//! Poll: a question with answers to choose from, open until a time.
//!
//! Invariant: every voter counts once, with the last answer they gave in time; the counts add up to the
//! number of voters.
//! Not here: secret votes, votes by weight.

#![cfg_attr(target_arch = "wasm32", no_std)]

use argosy_contract::prelude::*;

/// Most answers.
pub const ANSWERS_MAX: u32 = 16;
/// Longest text of a question or an answer, in bytes.
pub const TEXT_BYTES_MAX: u32 = 256;
/// Most voters that can be named.
pub const VOTERS_MAX: u32 = 256;

/// A question with answers to choose from.
#[storage]
pub struct Poll {
    question: Item<String>,
    answers: List<String>,
    closes_at: Item<TimestampMs>,
    /// Who may vote; without any, everybody.
    voters: Set<Address>,
    /// Whether voters are named.
    is_closed_circle: Item<bool>,
    votes: Map<Address, u32>,
    counts: Map<u32, u64>,
}

/// An answer and who gave it.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The answer.
    pub answer: String,
    /// How many gave it.
    pub votes: u64,
}

/// Somebody voted, for the first time or anew.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Voted {
    /// Who.
    #[topic]
    pub by: Address,
    /// Which answer, counted from 0.
    pub answer: u32,
    /// Which one before.
    pub instead_of: Option<u32>,
}

/// Why a poll or a vote was refused.
#[error]
#[derive(Debug, PartialEq, Eq)]
pub enum PollError {
    /// There are fewer than two answers or too many, a text is empty or too long, or too many voters.
    BadPoll,
    /// The poll is over, or would be from the beginning.
    Closed {
        /// Since when.
        closes_at: TimestampMs,
    },
    /// The caller may not vote.
    NotVoter,
    /// There is no such answer.
    NoSuchAnswer {
        /// How many there are.
        answers: u32,
    },
}

#[contract]
impl Poll {
    /// Asks; without voters, everybody may answer.
    #[init]
    pub fn init(
        &mut self,
        question: String,
        answers: Vec<String>,
        closes_at: TimestampMs,
        voters: Vec<Address>,
    ) -> Result<(), PollError> {
        let count = answers.len();
        let are_some = (2..=ANSWERS_MAX as usize).contains(&count);
        let mut texts = answers.iter().chain([&question]);
        let are_short = texts.all(|it| (1..=TEXT_BYTES_MAX as usize).contains(&it.len()));
        let are_few = voters.len() <= VOTERS_MAX as usize;
        ensure!(are_some && are_short && are_few, PollError::BadPoll);
        ensure!(
            context::block_time() < closes_at,
            PollError::Closed { closes_at }
        );
        self.question.set(&question);
        for answer in &answers {
            self.answers.push(answer);
        }
        self.closes_at.set(&closes_at);
        self.is_closed_circle.set(&!voters.is_empty());
        for voter in &voters {
            self.voters.insert(voter);
        }
        Ok(())
    }

    /// Gives an answer, counted from 0, instead of one given before.
    #[call]
    pub fn vote(&mut self, answer: u32) -> Result<(), PollError> {
        let by = context::caller();
        let closes_at = self.closes_at();
        ensure!(
            context::block_time() < closes_at,
            PollError::Closed { closes_at }
        );
        ensure!(self.may_vote(by), PollError::NotVoter);
        let answers = self.answers.len();
        ensure!(answer < answers, PollError::NoSuchAnswer { answers });
        let instead_of = self.votes.get(&by);
        if let Some(before) = instead_of {
            // It was counted.
            self.set_count(before, self.count(before) - 1);
        }
        self.set_count(answer, self.count(answer) + 1);
        self.votes.set(&by, &answer);
        emit(&Voted {
            by,
            answer,
            instead_of,
        });
        Ok(())
    }

    /// The question.
    #[query]
    pub fn question(&self) -> String {
        self.question.load()
    }

    /// When the poll is over.
    #[query]
    pub fn closes_at(&self) -> TimestampMs {
        self.closes_at.load()
    }

    /// Whether somebody may vote.
    #[query]
    pub fn may_vote(&self, who: Address) -> bool {
        !self.is_closed_circle.load() || self.voters.contains(&who)
    }

    /// What somebody voted for.
    #[query]
    pub fn vote_of(&self, who: Address) -> Option<u32> {
        self.votes.get(&who)
    }

    /// Answers and votes, so far or for good.
    #[query]
    pub fn tally(&self) -> Vec<Tally> {
        let answers = self.answers.page(0, ANSWERS_MAX);
        let numbered = (0u32..).zip(answers);
        numbered
            .map(|(number, answer)| Tally {
                answer,
                votes: self.count(number),
            })
            .collect()
    }

    /// The answer with most votes, when the poll is over; none if two have as many.
    #[query]
    pub fn winner(&self) -> Option<u32> {
        if context::block_time() < self.closes_at() {
            return None;
        }
        let counts = (0..self.answers.len()).map(|it| (self.count(it), it));
        let (most, winner) = counts.max_by_key(|(votes, _)| *votes)?;
        let as_many = (0..self.answers.len()).filter(|it| self.count(*it) == most);
        (as_many.count() == 1).then_some(winner)
    }

    fn count(&self, answer: u32) -> u64 {
        self.counts.get_or_default(&answer)
    }

    fn set_count(&mut self, answer: u32, votes: u64) {
        if votes == 0 {
            self.counts.remove(&answer);
        } else {
            self.counts.set(&answer, &votes);
        }
    }
}

#[cfg(test)]
mod tests;
