//! Questions of the task, and those of peers: a few at a time, so often, so much on its way.
//!
//! Always: whatever peers ask and do not read, no more than [`ANSWERS_BYTES_MAX`] waits for them, but for one
//! answer that is larger by itself; no peer and no address has all of it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use libp2p::PeerId;
use libp2p::request_response::{self, InboundRequestId, Message, ResponseChannel};
use tokio::sync::oneshot;

use crate::inbox::Verdict;
use crate::questions::{AskError, AskId, QUESTIONS_MAX as ASKED_MAX, QuestionId};
use crate::task::Task;

/// Questions of one peer within [`WINDOW`] that are passed on.
const QUESTIONS_MAX: u32 = 100;
const WINDOW: Duration = Duration::from_secs(5);
/// Answers on their way, to all peers together. Of each limit here one may be exceeded by a single answer
/// where there is none else.
const ANSWERS_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Of those, to strangers, which nobody named and which speak for no validator.
const STRANGE_BYTES_MAX: usize = ANSWERS_BYTES_MAX / 2;
/// Of those, to one peer, and to all strangers of one address.
const SHARE_BYTES_MAX: usize = ANSWERS_BYTES_MAX / 8;
/// Questions of strangers that wait for an answer. The engine takes 33 in all.
const STRANGE_QUESTIONS_MAX: usize = 16;
/// Questions of one stranger that wait, and answers that it has not read: it asks so many at a time.
const OF_STRANGER_MAX: usize = 5;
/// An answer may be on its way for so long while others want its room.
const READS_WITHIN: Duration = Duration::from_secs(3);

/// A question of a peer that waits for its answer.
#[derive(Debug)]
pub(crate) struct Question {
    peer: PeerId,
    request: InboundRequestId,
    channel: ResponseChannel<Bytes>,
}

/// An answer on its way.
#[derive(Debug)]
pub(crate) struct Answer {
    peer: PeerId,
    bytes: usize,
    since: Instant,
}

impl Task {
    pub(crate) fn ask(&mut self, peer: PeerId, content: Bytes, reply: oneshot::Sender<AskId>) {
        self.count += 1;
        let id = AskId(self.count);
        // Who has gone does not need the number.
        let _ = reply.send(id);
        if self.asked.values().filter(|it| it.0 == peer).count() >= ASKED_MAX {
            self.answered(id, peer, Err(AskError::Busy));
            return;
        }
        let questions = &mut self.swarm.behaviour_mut().questions;
        let request = questions.send_request(&peer, content);
        self.asked.insert(request, (peer, id));
    }

    pub(crate) fn on_question(&mut self, event: request_response::Event<Bytes, Bytes>) {
        match event {
            request_response::Event::Message { peer, message, .. } => match message {
                Message::Request {
                    request_id,
                    request,
                    channel,
                } => self.on_asked(peer, request, (request_id, channel)),
                Message::Response {
                    request_id,
                    response,
                } => {
                    if let Some((_, id)) = self.asked.remove(&request_id) {
                        self.answered(id, peer, Ok(response));
                    }
                }
            },
            request_response::Event::OutboundFailure {
                peer,
                request_id,
                error,
                ..
            } => {
                if let Some((_, id)) = self.asked.remove(&request_id) {
                    self.answered(id, peer, Err(error.into()));
                }
            }
            request_response::Event::InboundFailure { request_id, .. } => {
                self.answers.remove(&request_id);
                let found = self
                    .questions
                    .iter()
                    .find(|(_, it)| it.request == request_id);
                if let Some(id) = found.map(|(id, _)| *id)
                    && let Some(question) = self.questions.remove(&id)
                {
                    self.inbox.withdrawn(id, question.peer);
                }
            }
            request_response::Event::ResponseSent { request_id, .. } => {
                self.answers.remove(&request_id);
            }
        }
    }

    fn on_asked(
        &mut self,
        peer: PeerId,
        content: Bytes,
        (request, channel): (InboundRequestId, ResponseChannel<Bytes>),
    ) {
        let now = Instant::now();
        let Some(known) = self.peers.get_mut(&peer) else {
            return;
        };
        let (since, count) = &mut known.questions;
        if now.saturating_duration_since(*since) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        if *count > QUESTIONS_MAX || !self.has_room(&peer) {
            self.metrics.refused_questions.inc();
            return; // The channel goes with this: the peer hears that there is no answer.
        }
        self.count += 1;
        let (id, question) = (
            QuestionId(self.count),
            Question {
                peer,
                request,
                channel,
            },
        );
        match self.inbox.asked(id, peer, content) {
            Verdict::Taken => drop(self.questions.insert(id, question)),
            Verdict::Ignored => {}
            Verdict::False(why) => self.send_away(peer, why),
        }
    }

    fn answered(&mut self, id: AskId, peer: PeerId, answer: Result<Bytes, AskError>) {
        if let Verdict::False(why) = self.inbox.answered(id, peer, answer) {
            self.send_away(peer, why);
        }
    }

    /// Whether a peer may ask something: strangers share what is left by others.
    fn has_room(&self, peer: &PeerId) -> bool {
        if self.is_favoured(peer) {
            return true;
        }
        let open = self.questions.values().filter(|it| it.peer == *peer);
        let unread = self.answers.values().filter(|it| it.peer == *peer);
        let askers = self.questions.values().map(|it| &it.peer);
        open.count() + unread.count() < OF_STRANGER_MAX
            && askers.filter(|it| !self.is_favoured(it)).count() < STRANGE_QUESTIONS_MAX
    }

    /// Answers, unless too much is on its way already: then the peer hears that there is no answer, and
    /// a stranger that reads slowly makes room.
    pub(crate) fn answer(&mut self, question: Question, content: Bytes) {
        let (peer, now) = (question.peer, Instant::now());
        let answer = Answer {
            peer,
            bytes: content.len(),
            since: now,
        };
        if !self.fits(&answer) {
            self.metrics.dropped_answers.inc();
            self.hurry(now);
            return;
        }
        let questions = &mut self.swarm.behaviour_mut().questions;
        // The peer may have gone, which is no news.
        if questions.send_response(question.channel, content).is_ok() {
            self.answers.insert(question.request, answer);
        }
    }

    /// Whether there is room for an answer: of all, of strangers, of its peer, of its address.
    fn fits(&self, answer: &Answer) -> bool {
        let has_room = |max: usize, is_counted: &dyn Fn(&Answer) -> bool| {
            let counted = self.answers.values().filter(|it| is_counted(it));
            let waiting: usize = counted.map(|it| it.bytes).sum();
            waiting == 0 || waiting.saturating_add(answer.bytes) <= max
        };
        let site = self.site(&answer.peer);
        let is_strange = |it: &Answer| !self.is_favoured(&it.peer);
        let is_neighbour = |it: &Answer| is_strange(it) && self.site(&it.peer) == site;
        has_room(ANSWERS_BYTES_MAX, &|_| true)
            && has_room(SHARE_BYTES_MAX, &|it| it.peer == answer.peer)
            && (!is_strange(answer)
                || has_room(STRANGE_BYTES_MAX, &is_strange)
                    && has_room(SHARE_BYTES_MAX, &is_neighbour))
    }

    /// Where a peer is.
    fn site(&self, peer: &PeerId) -> Option<IpAddr> {
        self.peers.get(peer).and_then(|it| it.site)
    }

    /// Lets a stranger go that has been reading an answer for long: of the address that has most unread,
    /// who has been reading for longest.
    fn hurry(&mut self, now: Instant) {
        let mut unread: BTreeMap<Option<IpAddr>, usize> = BTreeMap::new();
        let strange = || {
            self.answers
                .values()
                .filter(|it| !self.is_favoured(&it.peer))
        };
        for answer in strange() {
            *unread.entry(self.site(&answer.peer)).or_default() += answer.bytes;
        }
        let is_slow = |it: &&Answer| now.saturating_duration_since(it.since) > READS_WITHIN;
        let order = |it: &&Answer| {
            let bytes = unread.get(&self.site(&it.peer)).copied();
            (Reverse(bytes.unwrap_or(0)), it.since)
        };
        let slow = strange().filter(is_slow).min_by_key(order);
        if let Some(peer) = slow.map(|it| it.peer) {
            tracing::debug!(target: "network", %peer, "takes an answer too slowly: closes the connection");
            // It may be gone already.
            let _ = self.swarm.disconnect_peer_id(peer);
        }
    }
}
