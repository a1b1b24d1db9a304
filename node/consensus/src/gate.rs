//! Between the links and the engine: what peers send is looked at here, in the task of the connection
//! that it came by, and only what is of use goes on.
//!
//! Always: who sends what no honest node sends is told from who is late; no signature is looked at
//! while others wait; blocks are put together here, and the engine hears of whole ones only.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

use argosy_bft::{
    Assembled, BftVerifier, CheckedPart, Claim, Ed25519, Heard, Hearing, Inbox, Part, PartInit,
    Pieces, Place, StreamError,
};
use argosy_links::{PeerId, Verdict};
use argosy_primitives::{Address, BlockHash, GenesisHash, Height, Round};
use malachitebft_app_channel::app::types::SignedConsensusMsg;
use malachitebft_app_channel::app::types::core::{self as engine, SigningScheme as _};
use malachitebft_app_channel::app::types::streaming::StreamMessage;
use malachitebft_core_consensus::LivenessMsg;
use malachitebft_engine::util::streaming::StreamContent;

use crate::metrics::{Metrics, gauge};
use crate::peers::{Peers, Tip, decides};

/// Whole blocks that wait to be asked for.
const WHOLE_MAX: usize = 6;

/// A whole block, by what its first part says.
type WholeKey = (Height, Round, BlockHash);

/// Blocks on their way in.
struct Blocks {
    inbox: Inbox,
    whole: BTreeMap<WholeKey, Assembled>,
}

/// What stands between peers and the engine.
pub struct Gate {
    chain: GenesisHash,
    begin: Instant,
    place: RwLock<Option<Place>>,
    blocks: Mutex<Blocks>,
    hearing: Hearing,
    peers: Mutex<Peers>,
    metrics: Metrics,
}

/// Nothing here is left half done by a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    /// Of one chain, whose blocks take up to so many bytes, header and body.
    pub fn new(chain: GenesisHash, block_bytes_max: usize, metrics: Metrics) -> Gate {
        Gate {
            chain,
            begin: Instant::now(),
            place: RwLock::default(),
            blocks: Mutex::new(Blocks {
                inbox: Inbox::new(block_bytes_max),
                whole: BTreeMap::new(),
            }),
            hearing: Hearing::new(),
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
    pub fn enter(&self, place: Place) {
        let height = place.height;
        {
            // Together: a part that comes now is of the one height or of the other.
            let mut blocks = lock(&self.blocks);
            blocks.inbox.enter(height);
            blocks.whole.retain(|key, _| key.0 >= height);
            let mut here = self.place.write().unwrap_or_else(PoisonError::into_inner);
            *here = Some(place);
        }
        self.hearing.enter(height);
    }

    /// A round begins; gives the blocks of it that came early.
    pub fn begin(&self, height: Height, round: Round) -> Vec<Assembled> {
        let mut blocks = lock(&self.blocks);
        let mut here = self.place.write().unwrap_or_else(PoisonError::into_inner);
        match here.as_mut().filter(|it| it.height == height) {
            Some(place) => place.round = round,
            None => return Vec::new(),
        }
        blocks.inbox.begin(round)
    }

    /// A whole block that the engine was told of; once.
    pub fn collect(&self, init: &PartInit) -> Option<Assembled> {
        let key = (init.height, init.round, init.block);
        lock(&self.blocks).whole.remove(&key)
    }

    /// A peer has connected.
    pub(crate) fn met(&self, peer: PeerId) {
        lock(&self.peers).met(peer);
    }

    /// The operator named a peer.
    pub(crate) fn named(&self, peer: &PeerId) {
        lock(&self.peers).named(peer);
    }

    /// A peer has gone.
    pub(crate) fn lost(&self, peer: &PeerId) {
        lock(&self.peers).lost(peer);
    }

    /// Whether a peer speaks for one who decides this height or the next.
    pub(crate) fn trusts(&self, peer: &PeerId) -> bool {
        let voice = lock(&self.peers).voice(peer);
        voice.is_some_and(|validator| self.place().is_some_and(|it| decides(&it, &validator)))
    }

    /// Whether a validator decides this height or the next.
    pub(crate) fn decides(&self, validator: &Address) -> bool {
        self.place().is_some_and(|it| decides(&it, validator))
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
        match lock(&self.peers).speaks(&peer, Address::of_key(&key)) {
            true => Verdict::Taken,
            false => Verdict::Ignored,
        }
    }

    /// A peer says which blocks it has. Gives what the engine is to be told of peers; nothing: it says so
    /// too often, or too early.
    pub(crate) fn status(&self, peer: &PeerId, tip: Tip) -> Vec<(PeerId, Tip)> {
        let Some(place) = self.place() else {
            return Vec::new();
        };
        match lock(&self.peers).status(&place, peer, tip) {
            Some((told, height)) => {
                self.metrics.known_height.set(gauge(height));
                told
            }
            None => Vec::new(),
        }
    }

    /// A vote or a proposal.
    pub(crate) fn message(&self, message: &SignedConsensusMsg<argosy_bft::BftContext>) -> Verdict {
        let Some(place) = self.place() else {
            return Verdict::Ignored;
        };
        let claim = match message {
            SignedConsensusMsg::Vote(it) => {
                Claim::vote(self.chain, &place, (it.message.vote(), &it.signature.0))
            }
            SignedConsensusMsg::Proposal(it) => {
                Claim::proposal(self.chain, &place, (it.message.proposal(), &it.signature.0))
            }
        };
        verdict(self.hearing.hear(&place, claim, self.now_ms()))
    }

    /// What gets a stuck round going.
    pub(crate) fn liveness(&self, message: &LivenessMsg<argosy_bft::BftContext>) -> Verdict {
        let Some(place) = self.place() else {
            return Verdict::Ignored;
        };
        let claim = match message {
            LivenessMsg::Vote(it) => {
                Claim::vote(self.chain, &place, (it.message.vote(), &it.signature.0))
            }
            LivenessMsg::PolkaCertificate(it) => Claim::polka(self.chain, &place, it),
            LivenessMsg::SkipRoundCertificate(it) => Claim::rounds(self.chain, &place, it),
        };
        verdict(self.hearing.hear(&place, claim, self.now_ms()))
    }

    /// A part of a block; gives the first part of a block that is whole now and waits to be collected.
    /// `Err`: it was not taken.
    pub(crate) fn part(
        &self,
        peer: PeerId,
        message: StreamMessage<Part>,
    ) -> Result<Option<PartInit>, Verdict> {
        let StreamContent::Data(part) = message.content else {
            return Ok(None); // An end without content says nothing that the parts do not.
        };
        let place = self.place().ok_or(Verdict::Ignored)?;
        let checked = CheckedPart::new(self.chain, &place, part).map_err(verdict)?;
        let (publisher, stream) = (peer.to_bytes(), message.stream_id.to_bytes());
        let numbered = (message.sequence, checked);
        let taken = {
            let mut blocks = lock(&self.blocks);
            // It may be another by now.
            let place = self.place().ok_or(Verdict::Ignored)?;
            blocks.inbox.take(&place, (&publisher, &stream), numbered)
        };
        // Pieces become a block while others go on.
        let whole = taken.and_then(|it| it.map(Pieces::assemble).transpose());
        let whole = whole.map_err(|error| {
            tracing::debug!(target: "consensus", %peer, %error, "a part was not taken");
            match error {
                StreamError::NotTheBlock => Verdict::False("its parts are not the block it names"),
                StreamError::Name
                | StreamError::Sequence { .. }
                | StreamError::Malformed { .. }
                | StreamError::Refused => Verdict::Ignored,
            }
        })?;
        let mut blocks = lock(&self.blocks);
        let whole = whole.and_then(|it| blocks.inbox.put(it));
        let Some(whole) = whole else {
            return Ok(None);
        };
        let init = whole.init.clone();
        while blocks.whole.len() >= WHOLE_MAX && blocks.whole.pop_first().is_some() {}
        let key = (init.height, init.round, init.block);
        blocks.whole.insert(key, whole);
        Ok(Some(init))
    }
}

fn verdict(heard: Heard) -> Verdict {
    match heard {
        Heard::New => Verdict::Taken,
        Heard::Useless => Verdict::Ignored,
        Heard::False => Verdict::False("it sends a signature that does not hold"),
    }
}
