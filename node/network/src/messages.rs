//! Messages of the task: transactions gathered and sent, those of others looked at and handed on.

use std::time::{Duration, Instant};

use argosy_primitives::{Domain, Hash32};
use libp2p::PeerId;
use libp2p::gossipsub::{MessageAcceptance, MessageId, PublishError};

use crate::batch::{BATCH_BYTES, BATCH_COUNT_MAX, Batch};
use crate::inbox::Taken;
use crate::judge::{Job, Outcome};
use crate::task::Task;

/// How long a transaction waits for others to travel with.
const GATHER: Duration = Duration::from_millis(50);

/// Transactions that wait to be sent together.
#[derive(Default)]
pub(crate) struct Outgoing {
    transactions: Vec<Vec<u8>>,
    bytes: usize,
    /// When they are sent, however few they are.
    pub(crate) at: Option<tokio::time::Instant>,
}

impl Task {
    /// Puts a transaction of this node on its way.
    pub(crate) fn publish(&mut self, transaction: Vec<u8>) {
        // It is known here: who sends it back need not be looked at.
        self.seen.note(hash(&transaction), Instant::now());
        self.gather(transaction);
    }

    fn gather(&mut self, transaction: Vec<u8>) {
        let bytes = self.outgoing.bytes.saturating_add(transaction.len());
        if bytes > BATCH_BYTES {
            self.flush();
        }
        self.outgoing.bytes = self.outgoing.bytes.saturating_add(transaction.len());
        self.outgoing.transactions.push(transaction);
        if self.outgoing.bytes >= BATCH_BYTES || self.outgoing.transactions.len() >= BATCH_COUNT_MAX
        {
            self.flush();
        } else if self.outgoing.at.is_none() {
            self.outgoing.at = Some(tokio::time::Instant::now() + GATHER);
        }
    }

    /// Sends what has gathered.
    pub(crate) fn flush(&mut self) {
        let Outgoing { transactions, .. } = std::mem::take(&mut self.outgoing);
        let count = transactions.len() as u64;
        if count == 0 {
            return;
        }
        // Nobody can know it before: a message that looks the same would be taken for this one.
        let Ok(salt) = getrandom::u64() else {
            self.metrics.unheard.inc_by(count);
            return;
        };
        let batch = Batch { salt, transactions };
        let message = batch.encode();
        let bytes = message.len() as u64;
        let gossip = &mut self.swarm.behaviour_mut().guard.gossip;
        match gossip.publish(self.topic.clone(), message) {
            Ok(_) => {
                self.metrics.published.inc_by(count);
                self.metrics.published_bytes.inc_by(bytes);
            }
            Err(PublishError::NoPeersSubscribedToTopic | PublishError::AllQueuesFull(_)) => {
                self.metrics.unheard.inc_by(count);
            }
            Err(error) => {
                tracing::warn!(
                    target: "network",
                    code = "gossip.send_failed",
                    %error,
                    count,
                    "cannot send transactions"
                );
            }
        }
    }

    /// Looks at each transaction of a message that was not here lately.
    pub(crate) fn on_message(&mut self, message: MessageId, from: PeerId, data: &[u8]) {
        let batch = match Batch::decode(data, self.transaction_bytes_max) {
            Ok(batch) => batch,
            Err(error) => {
                tracing::debug!(target: "network", peer = %from, %error, "a message that is none");
                self.report(&message, &from, MessageAcceptance::Reject);
                return;
            }
        };
        let now = Instant::now();
        let peers = self.swarm.network_info().num_peers();
        let mut job = Job {
            message,
            from,
            bytes: batch.transactions.iter().map(Vec::len).sum(),
            is_part: false,
            fresh: Vec::new(),
            hashes: Vec::new(),
        };
        for transaction in batch.transactions {
            let hash = hash(&transaction);
            if !self.seen.note(hash, now) {
                self.metrics.repeated.inc();
                job.is_part = true;
            } else if !self.budget.allow(from, 1, peers, now) {
                self.seen.forget(&hash);
                self.metrics.received(Taken::Busy);
                job.is_part = true;
            } else {
                job.fresh.push(transaction);
                job.hashes.push(hash);
            }
        }
        if job.fresh.is_empty() {
            self.report(&job.message, &job.from, MessageAcceptance::Ignore);
            return;
        }
        if let Some(job) = self.judge.hand_in(job) {
            job.hashes.iter().for_each(|hash| self.seen.forget(hash));
            self.metrics.dropped.inc();
            self.report(&job.message, &job.from, MessageAcceptance::Ignore);
        }
    }

    /// Hands a message on, or what is good in it. As it came only if this node vouches for all of it:
    /// what others find false in it they hold against this node.
    pub(crate) fn on_outcome(&mut self, Outcome { job, taken }: Outcome) {
        let (mut has_false, mut all_wait) = (false, !job.is_part);
        for (index, taken) in taken.iter().enumerate() {
            self.metrics.received(*taken);
            has_false |= *taken == Taken::False;
            all_wait &= *taken == Taken::Waits;
            if let (Taken::Busy, Some(hash)) = (taken, job.hashes.get(index)) {
                self.seen.forget(hash);
            }
        }
        let acceptance = match (has_false, all_wait) {
            (true, _) => MessageAcceptance::Reject,
            (false, true) => MessageAcceptance::Accept,
            (false, false) => MessageAcceptance::Ignore,
        };
        // One that waited for long is forgotten by now, and not handed on as it is.
        let is_known = self.report(&job.message, &job.from, acceptance);
        if is_known && all_wait {
            return;
        }
        let each = job.fresh.into_iter().zip(taken);
        for (transaction, _) in each.filter(|(_, taken)| *taken == Taken::Waits) {
            self.gather(transaction);
        }
    }

    /// Tells gossipsub; whether it knew the message still.
    fn report(
        &mut self,
        message: &MessageId,
        from: &PeerId,
        acceptance: MessageAcceptance,
    ) -> bool {
        let is_false = matches!(acceptance, MessageAcceptance::Reject);
        let gossip = &mut self.swarm.behaviour_mut().guard.gossip;
        let is_known = gossip.report_message_validation_result(message, from, acceptance);
        if is_false {
            self.judge_peer(*from);
        }
        is_known
    }
}

fn hash(transaction: &[u8]) -> Hash32 {
    Hash32::from_bytes(Domain::GossipId.hash(&[transaction]))
}
