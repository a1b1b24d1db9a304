//! Questions and answers: a stream for each, beside the frames, so that a large answer delays no vote.
//!
//! Always: a question is small, an answer as large as the node says; both are read no further.

use std::fmt;
use std::io;
use std::str::FromStr;

use bytes::Bytes;
use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::StreamProtocol;
use libp2p::request_response::{self, OutboundFailure};

/// Bytes that a question may have.
pub const QUESTION_BYTES_MAX: usize = 1_024;
/// Questions of one peer at a time, and of this node to it. Each takes a stream.
pub(crate) const QUESTIONS_MAX: usize = 8;
/// Allocated before anything has come.
const FIRST_BYTES: usize = 4_096;

/// Names a question of a peer, in one run of this node's links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuestionId(pub(crate) u64);

/// Names a question of this node, in one run of its links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskId(pub(crate) u64);

impl fmt::Display for QuestionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for QuestionId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<QuestionId, Self::Err> {
        text.parse().map(QuestionId)
    }
}

impl fmt::Display for AskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a question has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// There is no connection with the peer, and none could be made.
    #[error("the peer is not connected")]
    NotConnected,
    /// The connection was closed before the answer came.
    #[error("the connection was closed")]
    Closed,
    /// It took too long.
    #[error("no answer came in time")]
    TimedOut,
    /// The peer answers no questions on this chain.
    #[error("the peer answers no questions")]
    Unsupported,
    /// This node has asked the peer enough for now.
    #[error("the peer has enough to answer")]
    Busy,
    /// The peer gave up, or its answer is too large.
    #[error("the peer broke off")]
    BrokenOff,
}

impl From<OutboundFailure> for AskError {
    fn from(failure: OutboundFailure) -> AskError {
        match failure {
            OutboundFailure::DialFailure => AskError::NotConnected,
            OutboundFailure::Timeout => AskError::TimedOut,
            OutboundFailure::ConnectionClosed => AskError::Closed,
            OutboundFailure::UnsupportedProtocols => AskError::Unsupported,
            OutboundFailure::Io(_) => AskError::BrokenOff,
        }
    }
}

/// Questions and answers as bytes: all that the stream has, up to a limit.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    pub(crate) answer_bytes_max: usize,
}

async fn read_all(stream: &mut (impl AsyncRead + Unpin + Send), max: usize) -> io::Result<Bytes> {
    let mut content = Vec::with_capacity(max.min(FIRST_BYTES));
    let mut limited = stream.take((max as u64).saturating_add(1));
    limited.read_to_end(&mut content).await?;
    match content.len() <= max {
        true => Ok(content.into()),
        false => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "longer than it may be",
        )),
    }
}

#[async_trait::async_trait]
impl request_response::Codec for Plain {
    type Protocol = StreamProtocol;
    type Request = Bytes;
    type Response = Bytes;

    async fn read_request<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<Bytes>
    where
        T: AsyncRead + Unpin + Send,
    {
        read_all(stream, QUESTION_BYTES_MAX).await
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<Bytes>
    where
        T: AsyncRead + Unpin + Send,
    {
        // A peer that lets a question go closes the stream.
        match read_all(stream, self.answer_bytes_max).await? {
            answer if answer.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            answer => Ok(answer),
        }
    }

    async fn write_request<T>(
        &mut self,
        _: &StreamProtocol,
        stream: &mut T,
        question: Bytes,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        stream.write_all(&question).await
    }

    async fn write_response<T>(
        &mut self,
        _: &StreamProtocol,
        stream: &mut T,
        answer: Bytes,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        stream.write_all(&answer).await
    }
}
