//! What leaves a WebSocket, frame by frame.
//!
//! ```text
//! answers ──► | text | continue | continue, last |        a long one in pieces
//!                    ▲          ▲                ▲
//!                    └──────────┴── pings        └── replies to pings of the client, and its farewell
//! reader ── pongs, farewells ──► replies (bounded) ──┘
//! ```
//!
//! Always holds: no ping waits for more than a piece of an answer, however slow the line is; whoever sends
//! pings and takes no replies is not read any more, in the end. Replies stay behind an answer: clients that
//! read with soketto, as jsonrpsee's do, give up a message if a pong comes between its pieces.
//! Not here: how frames come in (`soketto`), what leaves when (`session`).

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufWriter, ReadHalf, WriteHalf};
use soketto::base::{Codec, Header, OpCode};
use tokio::sync::Notify;

/// A piece of an answer: of a line that takes 8 KiB a second, two seconds.
pub(crate) const PIECE_BYTES: usize = 16 * 1024;
/// Replies that wait to leave; more are not made, and nothing more is read.
const REPLIES_BYTES_MAX: usize = 4 * 1024;

/// Why a WebSocket is closed, as the other side is told (RFC 6455, 7.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// Nothing is left to say.
    Normal = 1000,
    /// The server stops.
    Away = 1001,
    /// A message is larger than any that is taken.
    TooLarge = 1009,
}

/// Divides a line: one part reads, and leaves its replies to the other one, which writes.
pub(crate) fn divide<S: AsyncRead + AsyncWrite + Unpin>(line: S) -> (Incoming<S>, Frames<S>) {
    let (reading, writing) = futures::io::AsyncReadExt::split(line);
    let replies = Arc::new(Replies::default());
    let incoming = Incoming {
        reading,
        replies: Arc::clone(&replies),
    };
    let frames = Frames {
        writing: BufWriter::with_capacity(PIECE_BYTES + 16, writing),
        codec: Codec::new(),
        replies,
    };
    (incoming, frames)
}

/// The part that reads. What is written to it are replies, whole when they are flushed.
pub(crate) struct Incoming<S> {
    reading: ReadHalf<S>,
    replies: Arc<Replies>,
}

/// Replies on their way from the one who reads to the one who writes.
#[derive(Default)]
struct Replies {
    waiting: Mutex<Waiting>,
    come: Notify,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// So many of them are whole frames.
    whole: usize,
    /// The last of them was a farewell.
    is_over: bool,
    /// Who waits for room.
    waker: Option<Waker>,
}

impl Replies {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The frames that are whole, and whether those were the last.
    fn take(&self) -> (Vec<u8>, bool) {
        let mut waiting = self.waiting();
        let whole = waiting.whole;
        let rest = waiting.bytes.split_off(whole);
        let frames = std::mem::replace(&mut waiting.bytes, rest);
        waiting.whole = 0;
        if let Some(waker) = waiting.waker.take() {
            waker.wake();
        }
        (frames, waiting.is_over)
    }

    /// Until there are some.
    async fn come(&self) {
        loop {
            let come = self.come.notified();
            if self.waiting().whole > 0 {
                return;
            }
            come.await;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Incoming<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.reading).poll_read(context, buffer)
    }
}

impl<S: Unpin> AsyncWrite for Incoming<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut waiting = self.replies.waiting();
        // A frame that has begun is let in: it is short, and nothing of it leaves before its end.
        if waiting.whole >= REPLIES_BYTES_MAX {
            waiting.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        waiting.bytes.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut waiting = self.replies.waiting();
        waiting.whole = waiting.bytes.len();
        drop(waiting);
        self.replies.come.notify_one();
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut waiting = self.replies.waiting();
        waiting.whole = waiting.bytes.len();
        waiting.is_over = true;
        drop(waiting);
        self.replies.come.notify_one();
        Poll::Ready(Ok(()))
    }
}

/// The part that writes.
pub(crate) struct Frames<S> {
    writing: BufWriter<WriteHalf<S>>,
    codec: Codec,
    replies: Arc<Replies>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Frames<S> {
    /// Sends a text and waits until the line has taken it. Between two pieces, `is_ping_due` is
    /// asked.
    pub(crate) async fn text(
        &mut self,
        text: &str,
        mut is_ping_due: impl FnMut() -> bool,
    ) -> io::Result<()> {
        let mut rest = text.as_bytes();
        let mut code = OpCode::Text;
        loop {
            let (piece, more) = rest.split_at(rest.len().min(PIECE_BYTES));
            self.frame(code, more.is_empty(), piece).await?;
            if more.is_empty() {
                return self.writing.flush().await;
            }
            (rest, code) = (more, OpCode::Continue);
            if is_ping_due() {
                self.frame(OpCode::Ping, true, &[]).await?;
            }
        }
    }

    /// Asks whether the other side is there.
    pub(crate) async fn ping(&mut self) -> io::Result<()> {
        self.frame(OpCode::Ping, true, &[]).await?;
        self.writing.flush().await
    }

    /// Until there are replies to send, which [`Frames::reply`] does.
    pub(crate) fn replies_come(&self) -> impl Future<Output = ()> + Send + use<S> {
        let replies = Arc::clone(&self.replies);
        async move { replies.come().await }
    }

    /// Sends the replies that there are. `false`: they were the last that the other side may hear.
    pub(crate) async fn reply(&mut self) -> io::Result<bool> {
        let goes_on = self.replies().await?;
        self.writing.flush().await?;
        Ok(goes_on)
    }

    /// Says why it ends, unless the other side has said so first, and closes the line.
    pub(crate) async fn close(mut self, farewell: Farewell) -> io::Result<()> {
        if self.replies().await? {
            let code = (farewell as u16).to_be_bytes();
            self.frame(OpCode::Close, true, &code).await?;
        }
        self.writing.close().await
    }

    async fn replies(&mut self) -> io::Result<bool> {
        let (frames, is_over) = self.replies.take();
        self.writing.write_all(&frames).await?;
        Ok(!is_over)
    }

    async fn frame(&mut self, code: OpCode, is_last: bool, content: &[u8]) -> io::Result<()> {
        let mut header = Header::new(code);
        header.set_fin(is_last).set_payload_len(content.len());
        self.writing
            .write_all(self.codec.encode_header(&header))
            .await?;
        self.writing.write_all(content).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use tokio::io::AsyncReadExt;
    use tokio_util::compat::TokioAsyncReadCompatExt;

    /// A line that takes everything, and its other end.
    fn line() -> (
        tokio_util::compat::Compat<tokio::io::DuplexStream>,
        tokio::io::DuplexStream,
    ) {
        let (ours, theirs) = tokio::io::duplex(1024 * 1024);
        (ours.compat(), theirs)
    }

    async fn sent(mut theirs: tokio::io::DuplexStream) -> Vec<u8> {
        let mut bytes = Vec::new();
        theirs.read_to_end(&mut bytes).await.unwrap();
        bytes
    }

    #[tokio::test]
    async fn a_short_text_is_one_frame() {
        let (ours, theirs) = line();
        let (incoming, mut frames) = divide(ours);
        frames.text("{}", || true).await.unwrap();
        frames.close(Farewell::TooLarge).await.unwrap();
        drop(incoming);
        assert_eq!(sent(theirs).await, b"\x81\x02{}\x88\x02\x03\xf1");
    }

    #[tokio::test]
    async fn pings_are_between_the_pieces_of_a_long_text_and_replies_behind_it() {
        let (ours, theirs) = line();
        let (mut incoming, mut frames) = divide(ours);
        incoming.write_all(b"\x8a\x01").await.unwrap();
        incoming.write_all(b"x").await.unwrap();
        incoming.flush().await.unwrap();
        // Half of one must wait.
        incoming.write_all(b"\x8a\x01").await.unwrap();
        let mut is_first = true;
        let text = "y".repeat(2 * PIECE_BYTES + 1);
        let due = || std::mem::replace(&mut is_first, false);
        frames.text(&text, due).await.unwrap();
        assert!(frames.reply().await.unwrap());
        drop((incoming, frames));
        let bytes = sent(theirs).await;
        let piece = |head: &[u8]| [head, &text.as_bytes()[..PIECE_BYTES]].concat();
        let expected = [
            piece(b"\x01\x7e\x40\x00"),
            b"\x89\x00".to_vec(),
            piece(b"\x00\x7e\x40\x00"),
            b"\x80\x01y\x8a\x01x".to_vec(),
        ];
        assert!(bytes == expected.concat(), "{} bytes", bytes.len());
    }

    #[tokio::test]
    async fn who_sends_pings_and_takes_no_replies_is_not_read() {
        let (ours, _theirs) = line();
        let (mut incoming, mut frames) = divide(ours);
        let mut count = 0;
        while incoming.write_all(&[0; 127]).now_or_never().is_some() {
            incoming.flush().await.unwrap();
            count += 1;
            assert!(count <= 1 + REPLIES_BYTES_MAX / 127, "there is no end");
        }
        frames.replies_come().await;
        assert!(frames.reply().await.unwrap());
        assert!(incoming.write_all(&[0; 127]).now_or_never().is_some());
    }

    #[tokio::test]
    async fn who_has_said_farewell_is_told_none() {
        let (ours, theirs) = line();
        let (mut incoming, mut frames) = divide(ours);
        incoming.write_all(b"\x88\x00").await.unwrap();
        incoming.flush().await.unwrap();
        incoming.close().await.unwrap();
        assert!(!frames.reply().await.unwrap());
        frames.close(Farewell::Away).await.unwrap();
        drop(incoming);
        assert_eq!(sent(theirs).await, b"\x88\x00");
    }
}
