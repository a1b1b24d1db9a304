//! What is known of peers while they are connected: for whom they speak, and which blocks they say they
//! have.
//!
//! Always: one validator's key makes at most [`VOICES_MAX`] peers trusted, besides those that the
//! operator named; nobody but those is believed a height beyond the one that is being decided, or what
//! validators say they have; what is remembered of a peer ends with its connection.

use std::collections::BTreeMap;
use std::time::Instant;

use argosy_bft::{Place, ValidatorAddress};
use argosy_links::PeerId;
use argosy_primitives::{Address, Height};
use malachitebft_app_channel::app::types::core::{Validator as _, ValidatorSet as _};

/// Peers that speak for one validator: it may be moving from one machine to another.
const VOICES_MAX: usize = 2;
/// Status messages of one peer in a second.
const STATUS_MAX: u32 = 8;

/// Which blocks a peer says it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tip {
    /// The last one.
    pub(crate) height: Height,
    /// The first one.
    pub(crate) oldest: Height,
}

/// What of a peer is remembered.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// The validator for which it speaks, and since when, counted.
    voice: Option<(Address, u64)>,
    is_named: bool,
    status_since: Instant,
    status_count: u32,
    /// None: it has not said it yet.
    tip: Option<Tip>,
    /// What of its tip the engine was told.
    told: Height,
}

/// Peers that are connected.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    known: BTreeMap<PeerId, Known>,
    /// Counts proofs, so that the oldest can be told.
    proofs: u64,
}

impl Peers {
    /// One has connected.
    pub(crate) fn met(&mut self, peer: PeerId) {
        let known = Known {
            voice: None,
            is_named: false,
            status_since: Instant::now(),
            status_count: 0,
            tip: None,
            told: 0,
        };
        self.known.insert(peer, known);
    }

    /// The operator named one.
    pub(crate) fn named(&mut self, peer: &PeerId) {
        if let Some(known) = self.known.get_mut(peer) {
            known.is_named = true;
        }
    }

    /// One has gone.
    pub(crate) fn lost(&mut self, peer: &PeerId) {
        self.known.remove(peer);
    }

    /// The validator for which one speaks.
    pub(crate) fn voice(&self, peer: &PeerId) -> Option<Address> {
        let voice = self.known.get(peer)?.voice;
        voice.map(|(validator, _)| validator)
    }

    /// One has proved for whom it speaks; `false`: it has gone already.
    pub(crate) fn speaks(&mut self, peer: &PeerId, validator: Address) -> bool {
        self.proofs = self.proofs.saturating_add(1);
        let Some(known) = self.known.get_mut(peer) else {
            return false;
        };
        known.voice = Some((validator, self.proofs));
        // The oldest voice of a validator that has too many is one no more: who holds keys of nodes that
        // spoke for it once does not silence the one that the operator knows.
        let of_it = |it: &&mut Known| it.voice.is_some_and(|(who, _)| who == validator);
        if self.known.values_mut().filter(of_it).count() > VOICES_MAX {
            let voices = self.known.values_mut().filter(of_it);
            let strange = voices.filter(|it| !it.is_named);
            if let Some(oldest) = strange.min_by_key(|it| it.voice.map(|(_, since)| since)) {
                oldest.voice = None;
            }
        }
        true
    }

    /// One says which blocks it has. Gives what the engine is to be told of this one, and of others of
    /// whom it was told too much, and the height that validators say they have; none: it says so too
    /// often.
    pub(crate) fn status(
        &mut self,
        place: &Place,
        peer: &PeerId,
        tip: Tip,
    ) -> Option<(Vec<(PeerId, Tip)>, Height)> {
        let known = self.known.get_mut(peer)?;
        if known.status_since.elapsed().as_secs() > 0 {
            (known.status_since, known.status_count) = (Instant::now(), 0);
        }
        known.status_count = known.status_count.saturating_add(1);
        known.tip = Some(tip);
        if known.status_count > STATUS_MAX {
            return None;
        }
        let height = self.known_height(place);
        // Whoever says most is asked first, and would be asked for ever. What is decided next may be had
        // from anybody, lest validators that are all behind stay so.
        let limit = match height {
            0 => Height::MAX,
            height => height.max(place.height),
        };
        let mut told = Vec::new();
        for (id, known) in &mut self.known {
            let Some(tip) = known.tip else { continue };
            let height = match known.is_named {
                true => tip.height,
                false => tip.height.min(limit),
            };
            if id == peer || known.told > height {
                known.told = height;
                told.push((*id, Tip { height, ..tip }));
            }
        }
        Some((told, height))
    }

    /// The highest height that validators with more than a third of the power say they have: at least
    /// one of them does not lie. None of them says any: 0.
    fn known_height(&self, place: &Place) -> Height {
        let mut tips: BTreeMap<Address, Height> = BTreeMap::new();
        for known in self.known.values() {
            // One that has said nothing yet says nothing of its validator either.
            if let (Some((validator, _)), Some(said)) = (known.voice, known.tip) {
                let tip = tips.entry(validator).or_default();
                *tip = said.height.max(*tip);
            }
        }
        let power = |validator: &Address| {
            let member = place.members.get_by_address(&ValidatorAddress(*validator));
            member.map_or(0, |it| u128::from(it.voting_power()))
        };
        let mut tips: Vec<_> = tips.iter().map(|(who, tip)| (*tip, power(who))).collect();
        tips.sort_unstable_by(|one, other| other.cmp(one));
        let (total, mut heard) = (u128::from(place.members.total_voting_power()), 0_u128);
        for (tip, power) in tips {
            heard = heard.saturating_add(power);
            if heard.saturating_mul(3) > total {
                return tip;
            }
        }
        0
    }
}

/// Whether a validator decides this height or the next.
pub(crate) fn decides(place: &Place, validator: &Address) -> bool {
    let validator = ValidatorAddress(*validator);
    let mut sets = [&place.members, &place.next_members].into_iter();
    sets.any(|it| it.get_by_address(&validator).is_some())
}
