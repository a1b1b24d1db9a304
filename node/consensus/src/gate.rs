//! Between the links and the engine: what peers send is looked at here, in the task of the connection
//! that it came by, and only what is of use goes on.
//!
//! Always: who sends what no honest node sends is told from who is late; blocks are put together here,
//! and the engine hears of whole ones only; one validator's key makes at most [`VOICES_MAX`] peers
//! trusted; what is remembered of a peer ends with its connection.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

use argosy_bft::{
    Assembled, BftVerifier, Ed25519, Heard, Hearing, Inbox, Part, PartInit, Place, ValidatorAddress,
};
use argosy_links::{PeerId, Verdict};
use argosy_primitives::{Address, BlockHash, GenesisHash, Height, Round};
use malachitebft_app_channel::app::types::SignedConsensusMsg;
use malachitebft_app_channel::app::types::core::{self as engine, SigningScheme as _};
use malachitebft_app_channel::app::types::core::{Validator as _, ValidatorSet as _};
use malachitebft_app_channel::app::types::streaming::StreamMessage;
use malachitebft_core_consensus::LivenessMsg;

use crate::metrics::{Metrics, gauge};
use crate::parts::take;

/// Peers that speak for one validator: it may be moving from one machine to another.
const VOICES_MAX: usize = 2;
/// Status messages of one peer in a second.
const STATUS_MAX: u32 = 8;
/// Whole blocks that wait to be asked for.
const WHOLE_MAX: usize = 6;

/// What of a peer is remembered.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// The validator for which it speaks, and since when, counted.
    voice: Option<(Address, u64)>,
    status_since: Instant,
    status_count: u32,
    /// The height that it says it has.
    tip: Height,
}

/// A whole block, by what its first part says.
type WholeKey = (Height, Round, BlockHash);

/// Blocks on their way in.
struct Blocks {
    inbox: Inbox,
    whole: BTreeMap<WholeKey, Assembled>,
}

/// What stands between peers and the engine.
pub(crate) struct Gate {
    chain: GenesisHash,
    begin: Instant,
    place: RwLock<Option<Place>>,
    blocks: Mutex<Blocks>,
    hearing: Mutex<Hearing>,
    peers: Mutex<(BTreeMap<PeerId, Known>, u64)>,
    metrics: Metrics,
}

/// Nothing here is left half done by a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    pub(crate) fn new(chain: GenesisHash, block_bytes_max: usize, metrics: Metrics) -> Gate {
        Gate {
            chain,
            begin: Instant::now(),
            place: RwLock::default(),
            blocks: Mutex::new(Blocks {
                inbox: Inbox::new(chain, block_bytes_max),
                whole: BTreeMap::new(),
            }),
            hearing: Mutex::new(Hearing::new(chain)),
            peers: Mutex::default(),
            metrics,
        }
    }

    fn place(&self) -> Option<Place> {
        let place = self.place.read().unwrap_or_else(PoisonError::into_inner);
        place.clone()
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The engine goes to a height, or begins it anew.
    pub(crate) fn enter(&self, place: Place) {
        lock(&self.hearing).enter(place.height);
        let mut here = self.place.write().unwrap_or_else(PoisonError::into_inner);
        *here = Some(place);
    }

    /// A round begins; gives the blocks of it that came early.
    pub(crate) fn begin(&self, height: Height, round: Round) -> Vec<Assembled> {
        {
            let mut here = self.place.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(place) = here.as_mut().filter(|it| it.height == height) {
                place.round = round;
            }
        }
        if round > 0 {
            return Vec::new();
        }
        let mut blocks = lock(&self.blocks);
        blocks.whole.retain(|key, _| key.0 >= height);
        let mut early = blocks.inbox.enter(height);
        early.retain(|it| blocks.inbox.note(it));
        early
    }

    /// A whole block that the engine was told of; once.
    pub(crate) fn collect(&self, init: &PartInit) -> Option<Assembled> {
        let key = (init.height, init.round, init.block);
        lock(&self.blocks).whole.remove(&key)
    }

    /// A peer has connected.
    pub(crate) fn met(&self, peer: PeerId) {
        let known = Known {
            voice: None,
            status_since: Instant::now(),
            status_count: 0,
            tip: 0,
        };
        lock(&self.peers).0.insert(peer, known);
    }

    /// A peer has gone.
    pub(crate) fn lost(&self, peer: &PeerId) {
        lock(&self.peers).0.remove(peer);
    }

    /// Whether a peer speaks for one who decides this height or the next.
    pub(crate) fn trusts(&self, peer: &PeerId) -> bool {
        let voice = lock(&self.peers).0.get(peer).and_then(|it| it.voice);
        let (Some((validator, _)), Some(place)) = (voice, self.place()) else {
            return false;
        };
        let validator = ValidatorAddress(validator);
        place.members.get_by_address(&validator).is_some()
            || place.next_members.get_by_address(&validator).is_some()
    }

    /// A peer says for whom it speaks.
    pub(crate) fn proof(
        &self,
        peer: PeerId,
        proof: &engine::ValidatorProof<argosy_bft::BftContext>,
    ) -> Verdict {
        let verifier = BftVerifier { chain: self.chain };
        let key = Ed25519::decode_public_key(&proof.public_key).ok();
        let Some(key) = key.filter(|_| verifier.proof_holds(proof)) else {
            return Verdict::False("it says that it speaks for a validator, and does not");
        };
        if proof.peer_id != peer.to_bytes() {
            return Verdict::False("it shows the proof of another node");
        }
        let validator = Address::of_key(&key);
        let mut guard = lock(&self.peers);
        let (peers, count) = &mut *guard;
        *count = count.saturating_add(1);
        let Some(known) = peers.get_mut(&peer) else {
            return Verdict::Ignored; // It has gone already.
        };
        known.voice = Some((validator, *count));
        // The oldest voice of a validator that has too many is one no more.
        let of_it = |it: &&mut Known| it.voice.is_some_and(|(who, _)| who == validator);
        if peers.values_mut().filter(of_it).count() > VOICES_MAX {
            let voices = peers.values_mut().filter(of_it);
            if let Some(oldest) = voices.min_by_key(|it| it.voice.map(|(_, since)| since)) {
                oldest.voice = None;
            }
        }
        Verdict::Taken
    }

    /// Whether a peer's status, by which it is at a height, is looked at.
    pub(crate) fn status(&self, peer: &PeerId, tip: Height) -> bool {
        let mut guard = lock(&self.peers);
        let Some(known) = guard.0.get_mut(peer) else {
            return false;
        };
        if known.status_since.elapsed().as_secs() > 0 {
            (known.status_since, known.status_count) = (Instant::now(), 0);
        }
        known.status_count = known.status_count.saturating_add(1);
        known.tip = tip;
        let is_looked_at = known.status_count <= STATUS_MAX;
        if is_looked_at && let Some(place) = self.place() {
            let known = known_height(&guard.0, &place);
            self.metrics.known_height.set(gauge(known));
        }
        is_looked_at
    }

    /// A vote or a proposal.
    pub(crate) fn message(&self, message: &SignedConsensusMsg<argosy_bft::BftContext>) -> Verdict {
        let Some(place) = self.place() else {
            return Verdict::Ignored;
        };
        let (mut hearing, now_ms) = (lock(&self.hearing), self.now_ms());
        verdict(match message {
            SignedConsensusMsg::Vote(it) => {
                hearing.vote(&place, (it.message.vote(), &it.signature.0), now_ms)
            }
            SignedConsensusMsg::Proposal(it) => {
                hearing.proposal(&place, (it.message.proposal(), &it.signature.0), now_ms)
            }
        })
    }

    /// What gets a stuck round going.
    pub(crate) fn liveness(&self, message: &LivenessMsg<argosy_bft::BftContext>) -> Verdict {
        let Some(place) = self.place() else {
            return Verdict::Ignored;
        };
        let (mut hearing, now_ms) = (lock(&self.hearing), self.now_ms());
        verdict(match message {
            LivenessMsg::Vote(it) => {
                hearing.vote(&place, (it.message.vote(), &it.signature.0), now_ms)
            }
            LivenessMsg::PolkaCertificate(it) => hearing.polka(&place, it, now_ms),
            LivenessMsg::SkipRoundCertificate(it) => hearing.rounds(&place, it, now_ms),
        })
    }

    /// A part of a block; gives the first part of a block that is whole now and waits to be collected.
    pub(crate) fn part(&self, peer: PeerId, message: StreamMessage<Part>) -> Option<PartInit> {
        let place = self.place()?;
        let mut blocks = lock(&self.blocks);
        match take(&mut blocks.inbox, &place, &peer, message) {
            Ok(Some(whole)) => {
                let init = whole.init.clone();
                let key = (init.height, init.round, init.block);
                while blocks.whole.len() >= WHOLE_MAX && blocks.whole.pop_first().is_some() {}
                blocks.whole.insert(key, whole);
                Some(init)
            }
            Ok(None) => None,
            Err(error) => {
                tracing::debug!(target: "consensus", %peer, %error, "a part was not taken");
                None
            }
        }
    }
}

/// The highest height that validators with more than a third of the power say they have: at least one
/// of them does not lie.
fn known_height(peers: &BTreeMap<PeerId, Known>, place: &Place) -> Height {
    let mut tips: BTreeMap<Address, Height> = BTreeMap::new();
    for known in peers.values() {
        if let Some((validator, _)) = known.voice {
            let tip = tips.entry(validator).or_default();
            *tip = known.tip.max(*tip);
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

fn verdict(heard: Heard) -> Verdict {
    match heard {
        Heard::New => Verdict::Taken,
        Heard::Useless => Verdict::Ignored,
        Heard::False => Verdict::False("it sends a signature that does not hold"),
    }
}
