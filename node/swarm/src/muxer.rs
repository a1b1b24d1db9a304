//! Streams on one connection: yamux 0.13 with limits of ours.
//!
//! The one that libp2p brings takes 512 streams of 256 KiB and more from anybody, unread, and cannot be
//! told otherwise but by falling back to yamux 0.12.
//!
//! Always: what a connection holds unread is at most [`BUFFERED_PER_CONNECTION_BYTES_MAX`]; it is closed
//! soon, whatever the peer does.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::future::{Ready, ready};
use futures::io::{AsyncRead, AsyncWrite};
use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};
use libp2p::core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade, UpgradeInfo};
use tokio::time::{Sleep, sleep};

/// Streams on one connection, of both sides. Two nodes need about a dozen; a peer that opens more loses
/// the connection.
pub const STREAMS_PER_CONNECTION_MAX: usize = 32;
/// Bytes that a connection may have received and not been asked for: a stream's first window (256 KiB,
/// by the [yamux specification]) for each.
///
/// [yamux specification]: https://github.com/hashicorp/yamux/blob/master/spec.md
pub const BUFFERED_PER_CONNECTION_BYTES_MAX: usize = STREAMS_PER_CONNECTION_MAX * 256 * 1024;

/// What is still to be said when a connection is closed is waited for so long: a peer that does not read
/// would never let it end.
const CLOSES_WITHIN: Duration = Duration::from_secs(1);

/// The upgrade that turns a connection into streams.
#[derive(Clone, Debug)]
pub(crate) struct Streams(yamux::Config);

impl Default for Streams {
    fn default() -> Streams {
        let mut config = yamux::Config::default();
        config.set_max_num_streams(STREAMS_PER_CONNECTION_MAX);
        config.set_max_connection_receive_window(Some(BUFFERED_PER_CONNECTION_BYTES_MAX));
        config.set_read_after_close(false);
        Streams(config)
    }
}

impl UpgradeInfo for Streams {
    type Info = &'static str;
    type InfoIter = std::iter::Once<&'static str>;

    fn protocol_info(&self) -> Self::InfoIter {
        std::iter::once("/yamux/1.0.0")
    }
}

impl<C: AsyncRead + AsyncWrite + Send + Unpin + 'static> InboundConnectionUpgrade<C> for Streams {
    type Output = Muxer<C>;
    type Error = Infallible;
    type Future = Ready<Result<Muxer<C>, Infallible>>;

    fn upgrade_inbound(self, socket: C, _: Self::Info) -> Self::Future {
        ready(Ok(Muxer::new(socket, self.0, yamux::Mode::Server)))
    }
}

impl<C: AsyncRead + AsyncWrite + Send + Unpin + 'static> OutboundConnectionUpgrade<C> for Streams {
    type Output = Muxer<C>;
    type Error = Infallible;
    type Future = Ready<Result<Muxer<C>, Infallible>>;

    fn upgrade_outbound(self, socket: C, _: Self::Info) -> Self::Future {
        ready(Ok(Muxer::new(socket, self.0, yamux::Mode::Client)))
    }
}

/// A connection with its streams.
pub(crate) struct Muxer<C> {
    connection: yamux::Connection<C>,
    /// Opened by the peer, and not asked for yet; as many as there can be streams.
    opened: VecDeque<yamux::Stream>,
    waits: Option<Waker>,
    /// Once it is being closed: until when.
    closes: Option<Pin<Box<Sleep>>>,
}

impl<C: AsyncRead + AsyncWrite + Unpin> Muxer<C> {
    fn new(socket: C, config: yamux::Config, mode: yamux::Mode) -> Muxer<C> {
        Muxer {
            connection: yamux::Connection::new(socket, config, mode),
            opened: VecDeque::new(),
            waits: None,
            closes: None,
        }
    }

    /// Goes on with everything on the connection; gives a stream that the peer opened.
    fn advance(&mut self, context: &mut Context<'_>) -> Poll<io::Result<yamux::Stream>> {
        match self.connection.poll_next_inbound(context) {
            Poll::Ready(Some(Ok(stream))) => Poll::Ready(Ok(stream)),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Err(failed(error))),
            Poll::Ready(None) => Poll::Ready(Err(failed(yamux::ConnectionError::Closed))),
            Poll::Pending => Poll::Pending,
        }
    }
}

fn failed(error: yamux::ConnectionError) -> io::Error {
    match error {
        yamux::ConnectionError::Io(error) => error,
        other => io::Error::other(other),
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> StreamMuxer for Muxer<C> {
    type Substream = yamux::Stream;
    type Error = io::Error;

    fn poll_inbound(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<yamux::Stream>> {
        if let Some(stream) = self.opened.pop_front() {
            return Poll::Ready(Ok(stream));
        }
        let next = self.advance(context);
        if next.is_pending() {
            self.waits = Some(context.waker().clone());
        }
        next
    }

    fn poll_outbound(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<yamux::Stream>> {
        let opened = self.connection.poll_new_outbound(context);
        opened.map_err(failed)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = self.connection.poll_close(context).map_err(failed);
        if closed.is_ready() {
            return closed;
        }
        let until = self.closes.get_or_insert_with(|| Box::pin(sleep(CLOSES_WITHIN)));
        until.as_mut().poll(context).map(Ok)
    }

    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<StreamMuxerEvent>> {
        match self.advance(context) {
            Poll::Ready(Ok(stream)) => {
                self.opened.push_back(stream);
                if let Some(waker) = self.waits.take() {
                    waker.wake();
                }
                // There may be more; others are to run in between.
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The socket of a peer that takes nothing, and says nothing.
    struct Deaf;

    impl AsyncRead for Deaf {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Deaf {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Pending
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_connection_with_a_peer_that_takes_nothing_is_closed_all_the_same() {
        let mut muxer = Muxer::new(Deaf, Streams::default().0, yamux::Mode::Client);
        let close = std::future::poll_fn(|context| Pin::new(&mut muxer).poll_close(context));
        let closed = tokio::time::timeout(20 * CLOSES_WITHIN, close).await;
        assert!(closed.expect("it hangs").is_ok());
    }
}
