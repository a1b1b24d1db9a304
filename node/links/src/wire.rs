//! What this node sends.

use bytes::Bytes;
use libp2p::PeerId;
use tokio::sync::{mpsc, oneshot};

use crate::frame::Topic;
use crate::questions::{AskId, QuestionId};

/// The links have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the links with other nodes have ended")]
pub struct Gone;

/// What the task is to do.
#[derive(Debug)]
pub(crate) enum Order {
    Publish(Topic, Bytes),
    Ask(PeerId, Bytes, oneshot::Sender<AskId>),
    Answer(QuestionId, Bytes),
    Forget(QuestionId),
}

/// The way out. Clones share it. Who is faster than the task waits.
#[derive(Clone, Debug)]
pub struct Wire(pub(crate) mpsc::Sender<Order>);

impl Wire {
    /// Sends a frame to every peer that is connected now.
    pub async fn publish(&self, topic: Topic, content: Bytes) -> Result<(), Gone> {
        self.order(Order::Publish(topic, content)).await
    }

    /// Asks a peer; [`crate::Inbox::answered`] has what becomes of it.
    pub async fn ask(&self, peer: PeerId, content: Bytes) -> Result<AskId, Gone> {
        let (reply, id) = oneshot::channel();
        self.order(Order::Ask(peer, content, reply)).await?;
        id.await.map_err(|_| Gone)
    }

    /// Answers a question, if the peer still waits. An answer without content is none.
    pub async fn answer(&self, question: QuestionId, content: Bytes) -> Result<(), Gone> {
        self.order(Order::Answer(question, content)).await
    }

    /// Lets a question go without an answer.
    pub async fn forget(&self, question: QuestionId) -> Result<(), Gone> {
        self.order(Order::Forget(question)).await
    }

    async fn order(&self, order: Order) -> Result<(), Gone> {
        self.0.send(order).await.map_err(|_| Gone)
    }
}
