//! Votes, proposals and certificates of others, looked at before the engine holds any of them.
//!
//! Always: what passes is signed by who decides this height or the next; each thing passes once in
//! [`AGAIN_MS`], and of the next height once; one validator's word in one round has at most two forms
//! (the second proves that it lies); of rounds far ahead a validator has few. So what the engine holds of
//! a height is bounded by its validators and by the rounds that have passed, whatever is sent.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use argosy_primitives::{Address, Height, Round};

use crate::claim::{Claim, Form, Word};
use crate::inbox::Place;

/// The same thing passes again after this: the engine may have begun the height anew meanwhile.
pub const AGAIN_MS: u64 = 1_000;
/// Rounds ahead of this node's from which everything passes.
const ROUNDS_NEAR: Round = 16;
/// Words of one validator from rounds beyond those, until this node's round changes.
const FAR_MAX: u32 = 64;
/// Forms of one word that pass.
const FORMS_MAX: usize = 2;

/// What is to be done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is for the engine.
    New,
    /// It came before, or is for another height, or of somebody who has no say: no lie.
    Useless,
    /// Its signature does not hold, or it names another chain: who sends it lies.
    False,
}

/// What was heard of this height and the next. May be shared: signatures are looked at side by side.
#[derive(Debug, Default)]
pub struct Hearing(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    /// The forms that passed of each word, and when they did last.
    said: BTreeMap<(Height, Round, Word), Vec<(Form, u64)>>,
    /// Words from far rounds, by who said them, while this node is in one round.
    far: BTreeMap<Address, u32>,
    at: (Height, Round),
}

impl Hearing {
    /// Nothing was heard yet.
    pub fn new() -> Hearing {
        Hearing::default()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // Nothing is left half done by a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A height begins, perhaps once more: what was heard of it before counts no more.
    pub fn enter(&self, height: Height) {
        let mut memory = self.memory();
        memory.said.retain(|(said, _, _), _| *said > height);
        memory.far.clear();
        memory.at = (height, 0);
    }

    /// Words that are remembered.
    pub fn len(&self) -> usize {
        self.memory().said.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.memory().said.is_empty()
    }

    /// What is to be done with a message that says this; `Err`: that is clear without its signatures.
    /// `now_ms` is this node's, from any beginning.
    pub fn hear(&self, place: &Place, claim: Result<Claim<'_>, Heard>, now_ms: u64) -> Heard {
        let claim = match claim {
            Ok(claim) => claim,
            Err(heard) => return heard,
        };
        if !self.memory().may_pass(place, &claim, now_ms) {
            return Heard::Useless;
        }
        if !claim.holds() {
            return Heard::False;
        }
        // Another peer may have brought it meanwhile.
        let mut memory = self.memory();
        match memory.may_pass(place, &claim, now_ms) {
            true => memory.passes(place, &claim, now_ms),
            false => return Heard::Useless,
        }
        Heard::New
    }
}

impl Memory {
    /// Whether it would pass, if its signatures hold.
    fn may_pass(&mut self, place: &Place, claim: &Claim<'_>, now_ms: u64) -> bool {
        let at = (place.height, place.round);
        if self.at < at {
            self.at = at;
            self.far.clear();
        }
        match self.said.get(&claim.said) {
            Some(forms) => match forms.iter().find(|(it, _)| *it == claim.form) {
                // The engine keeps what is of the next height until then.
                Some(_) if claim.said.0 > place.height => false,
                Some((_, last)) => now_ms.saturating_sub(*last) >= AGAIN_MS,
                None => forms.len() < FORMS_MAX,
            },
            None => match claim.who.filter(|_| is_far(place, claim)) {
                Some(who) => self.far.get(&who).is_none_or(|it| *it < FAR_MAX),
                None => true,
            },
        }
    }

    /// Notes that it passes.
    fn passes(&mut self, place: &Place, claim: &Claim<'_>, now_ms: u64) {
        let is_new = !self.said.contains_key(&claim.said);
        if let Some(who) = claim.who.filter(|_| is_new && is_far(place, claim)) {
            let count = self.far.entry(who).or_default();
            *count = count.saturating_add(1);
        }
        let forms = self.said.entry(claim.said).or_default();
        match forms.iter_mut().find(|(it, _)| *it == claim.form) {
            Some((_, last)) => *last = now_ms,
            None => forms.push((claim.form, now_ms)),
        }
    }
}

fn is_far(place: &Place, claim: &Claim<'_>) -> bool {
    let (height, round, _) = claim.said;
    height == place.height && round > place.round.saturating_add(ROUNDS_NEAR)
}
