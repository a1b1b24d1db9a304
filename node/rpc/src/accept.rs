//! Sockets: how many there are, and how long they may keep us waiting.
//!
//! A place is taken before a connection is accepted and belongs to the socket itself, so that it is
//! free again exactly when the socket is closed, WebSocket or not. HTTP/1.1 only: one answer at a
//! time per socket is what bounds memory.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::future::BoxFuture;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use jsonrpsee::server::{HttpRequest, HttpResponse, Methods, StopHandle, TowerServiceBuilder};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use tower::Service;

use crate::config::{REQUEST_HEAD_WITHIN, WRITE_WITHIN};
use crate::server::{HttpStack, RpcStack};

/// After a failed `accept` (too many open files, say) there is no use in trying at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

type Answer = BoxFuture<'static, io::Result<HttpResponse>>;

/// The address at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// What every connection is given.
pub(crate) struct Connections {
    pub(crate) service: TowerServiceBuilder<RpcStack, HttpStack>,
    pub(crate) methods: Methods,
    pub(crate) places: Arc<Semaphore>,
    pub(crate) read_within: Duration,
    pub(crate) stop: StopHandle,
    /// `true`: everything must end now.
    pub(crate) cut: watch::Receiver<bool>,
}

impl Connections {
    /// Accepts until the server stops.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let stopped = self.stop.clone().shutdown();
        tokio::pin!(stopped);
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut stopped => return,
                accepted = self.accept(&listener) => accepted,
            };
            match accepted {
                Ok((stream, place, peer)) => {
                    tokio::spawn(self.connection(stream, place, peer));
                }
                Err(error) => {
                    tracing::warn!(target: "rpc", %error, "could not accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn accept(
        &self,
        listener: &TcpListener,
    ) -> io::Result<(TcpStream, OwnedSemaphorePermit, IpAddr)> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| io::ErrorKind::BrokenPipe)?;
        let (stream, address) = listener.accept().await?;
        // Answers are small and awaited: do not hold them back.
        stream.set_nodelay(true)?;
        Ok((stream, place, address.ip()))
    }

    fn connection(
        &self,
        stream: TcpStream,
        place: OwnedSemaphorePermit,
        peer: IpAddr,
    ) -> impl Future<Output = ()> + Send + use<> {
        let socket = Socket {
            stream,
            reading: Patience::new(self.read_within, &self.cut),
            writing: Patience::new(WRITE_WITHIN, &self.cut),
            _place: place,
        };
        let service = self
            .service
            .clone()
            .build(self.methods.clone(), self.stop.clone());
        let service = hyper::service::service_fn(move |mut request: HttpRequest<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            let answer = service.clone().call(request);
            // A type of its own: the compiler loses its way in the lifetimes of the service's.
            let answer: Answer = Box::pin(async { answer.await.map_err(io::Error::other) });
            answer
        });
        let stopped = self.stop.clone().shutdown();
        async move {
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(REQUEST_HEAD_WITHIN)
                .serve_connection(TokioIo::new(socket), service)
                .with_upgrades();
            tokio::pin!(stopped, connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stopped => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(target: "rpc", %peer, %error, "a connection broke off");
            }
        }
    }
}

/// A connection that holds its place, does not wait for ever, and ends when told to.
struct Socket {
    stream: TcpStream,
    reading: Patience,
    writing: Patience,
    _place: OwnedSemaphorePermit,
}

/// How long one direction of a socket may stand still.
struct Patience {
    limit: Duration,
    until: Pin<Box<Sleep>>,
    waits: bool,
    cut: BoxFuture<'static, ()>,
    /// Why it ended; it stays so.
    over: Option<io::ErrorKind>,
}

impl Patience {
    fn new(limit: Duration, cut: &watch::Receiver<bool>) -> Patience {
        let mut cut = cut.clone();
        Patience {
            limit,
            until: Box::pin(sleep_until(Instant::now())),
            waits: false,
            cut: Box::pin(async move {
                // An error means that the server is gone: the same.
                let _ = cut.wait_for(|now| *now).await;
            }),
            over: None,
        }
    }

    /// Passes on what the socket did; turns standing still for too long into an error.
    fn judge<T>(
        &mut self,
        done: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.waits = false;
            return done;
        }
        if !self.waits {
            self.until.as_mut().reset(Instant::now() + self.limit);
            self.waits = true;
        }
        if self.over.is_none() {
            if self.cut.as_mut().poll(context).is_ready() {
                self.over = Some(io::ErrorKind::ConnectionAborted);
            } else {
                ready!(self.until.as_mut().poll(context));
                self.over = Some(io::ErrorKind::TimedOut);
            }
        }
        Poll::Ready(Err(self.over.unwrap_or(io::ErrorKind::TimedOut).into()))
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.reading.judge(done, context)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.writing.judge(done, context)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(context, buffers);
        self.writing.judge(done, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const SHORT: Duration = Duration::from_millis(60);

    /// Both ends of a connection; ours is the impatient one.
    async fn pair(cut: &watch::Receiver<bool>) -> (Socket, TcpStream, Arc<Semaphore>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let theirs = TcpStream::connect(address).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let places = Arc::new(Semaphore::new(1));
        let place = Arc::clone(&places).acquire_owned().await.unwrap();
        let socket = Socket {
            stream,
            reading: Patience::new(SHORT, cut),
            writing: Patience::new(SHORT, cut),
            _place: place,
        };
        (socket, theirs, places)
    }

    #[tokio::test]
    async fn who_says_nothing_is_not_waited_for() {
        let (_cutter, cut) = watch::channel(false);
        let (mut ours, mut theirs, places) = pair(&cut).await;
        theirs.write_all(b"x").await.unwrap();
        assert_eq!(ours.read_u8().await.unwrap(), b'x');
        let error = ours.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let again = ours.read_u8().await.unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::TimedOut, "it stays so");
        assert_eq!(places.available_permits(), 0);
        drop(ours);
        assert_eq!(
            places.available_permits(),
            1,
            "the place goes with the socket"
        );
    }

    #[tokio::test]
    async fn who_says_something_now_and_then_is_waited_for() {
        let (_cutter, cut) = watch::channel(false);
        let (mut ours, mut theirs, _) = pair(&cut).await;
        let talk = async {
            for _ in 0..4 {
                sleep(SHORT / 2).await;
                theirs.write_all(b"x").await.unwrap();
            }
        };
        let mut heard = [0; 4];
        let (read, ()) = tokio::join!(ours.read_exact(&mut heard), talk);
        assert_eq!(read.unwrap(), 4);
    }

    #[tokio::test]
    async fn who_takes_nothing_is_not_written_to() {
        let (_cutter, cut) = watch::channel(false);
        let (mut ours, _theirs, _) = pair(&cut).await;
        let much = vec![0; 64 * 1024 * 1024];
        let error = ours.write_all(&much).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_cut_ends_both_directions_at_once() {
        let (cutter, cut) = watch::channel(false);
        let (mut ours, _theirs, _) = pair(&cut).await;
        let cutting = async {
            sleep(SHORT / 4).await;
            cutter.send(true).unwrap();
        };
        let (read, ()) = tokio::join!(ours.read_u8(), cutting);
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
        let much = vec![0; 64 * 1024 * 1024];
        let error = ours.write_all(&much).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
    }
}
