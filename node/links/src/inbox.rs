//! Where frames go: the node's side.

use bytes::Bytes;
use libp2p::PeerId;

use crate::frame::Topic;
use crate::questions::{AskError, AskId, QuestionId};

/// What the node found in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is of use.
    Taken,
    /// It is of no use, and no lie: it came late, or once more.
    Ignored,
    /// No honest node sends it. The peer is sent away, and told to the operator with this reason.
    False(&'static str),
}

/// The node, as its links see it. Called from several tasks; each call is to return soon.
pub trait Inbox: Send + Sync + 'static {
    /// A peer has connected; what is remembered of it ends with [`Inbox::lost`].
    fn met(&self, peer: PeerId);

    /// The operator named this peer, which has connected. May be called again.
    fn named(&self, peer: PeerId);

    /// A peer takes frames from now on.
    fn connected(&self, peer: PeerId);

    /// Its last connection is gone.
    fn lost(&self, peer: PeerId);

    /// Whether it has proved to speak for a validator, so that it may send more.
    fn trusts(&self, peer: &PeerId) -> bool;

    /// Looks at a frame. The next one of the same stream comes after this.
    fn take(&self, peer: PeerId, topic: Topic, content: Bytes) -> Verdict;

    /// A peer asks; to be answered by [`crate::Wire::answer`], or let go by [`crate::Wire::forget`].
    ///
    /// Of a question that is not [`Verdict::Taken`] nothing more is heard.
    fn asked(&self, question: QuestionId, peer: PeerId, content: Bytes) -> Verdict;

    /// A question needs no answer any more.
    fn withdrawn(&self, question: QuestionId, peer: PeerId);

    /// What became of a question that this node asked.
    fn answered(&self, ask: AskId, peer: PeerId, answer: Result<Bytes, AskError>) -> Verdict;
}
