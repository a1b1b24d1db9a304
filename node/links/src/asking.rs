//! Questions of the task, and those of peers: a few at a time, so often, so much on its way.

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
/// Answers on their way, to all peers together; a single one may be larger.
const ANSWERS_BYTES_MAX: usize = 32 * 1024 * 1024;

/// A question of a peer that waits for its answer.
#[derive(Debug)]
pub(crate) struct Question {
    peer: PeerId,
    request: InboundRequestId,
    channel: ResponseChannel<Bytes>,
}

impl Task {
    pub(crate) fn ask(&mut self, peer: PeerId, content: Bytes, reply: oneshot::Sender<AskId>) {
        self.count += 1;
        let id = AskId(self.count);
        // Who has gone does not need the number.
        let _ = reply.send(id);
        if self.asked.values().filter(|it| it.0 == peer).count() >= ASKED_MAX {
            self.inbox.answered(id, peer, Err(AskError::Busy));
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
                        self.inbox.answered(id, peer, Ok(response));
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
                    self.inbox.answered(id, peer, Err(error.into()));
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
        if *count > QUESTIONS_MAX {
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

    /// Answers, unless too much is on its way already: then the peer hears that there is no answer.
    pub(crate) fn answer(&mut self, question: Question, content: Bytes) {
        let waiting: usize = self.answers.values().sum();
        let sum = waiting.saturating_add(content.len());
        if sum > ANSWERS_BYTES_MAX && waiting > 0 {
            self.metrics.dropped_answers.inc();
            return;
        }
        let size = content.len();
        let questions = &mut self.swarm.behaviour_mut().questions;
        // The peer may have gone, which is no news.
        if questions.send_response(question.channel, content).is_ok() {
            self.answers.insert(question.request, size);
        }
    }
}
