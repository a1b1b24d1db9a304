//! Sockets: how many there are, and how long they may keep us waiting.
//!
//! A seat belongs to the socket itself, so that it is free again exactly when the socket is closed,
//! WebSocket or not. HTTP/1.1 only: one answer at a time per socket is what bounds memory.
//! A request's head and its body each have a time in all, however busily their bytes drip; a
//! standstill in between is bounded too. Hands are shaken within the time of a head.
//! Not here: whose socket is cut for another one (`seats`).

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::future::{BoxFuture, Either, select};
use hyper::StatusCode;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{CONNECTION, HeaderValue};
use hyper_util::rt::{TokioIo, TokioTimer};
use jsonrpsee::server::{
    HttpBody, HttpRequest, HttpResponse, Methods, StopHandle, TowerServiceBuilder,
};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};
use tower::Service;

use crate::config::{SEND_BUFFER_BYTES, WRITE_WITHIN};
use crate::metrics::{Cut, Held, Metrics};
use crate::request::RequestIds;
use crate::seats::{Seat, Seats};
use crate::secure::{Line, Secure};
use crate::server::{HttpStack, RpcStack};

/// After a failed `accept` (too many open files, say) there is no use in trying at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A connection without a seat is closed.
type Accepted = (TcpStream, IpAddr, Option<Seat>);
type Answer = BoxFuture<'static, io::Result<HttpResponse>>;

/// The address at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// What every connection is given.
pub(crate) struct Connections {
    pub(crate) service: TowerServiceBuilder<RpcStack, HttpStack>,
    pub(crate) methods: Methods,
    pub(crate) seats: Arc<Seats>,
    /// Clients speak through it, if there is one.
    pub(crate) secure: Option<Arc<dyn Secure>>,
    pub(crate) head_within: Duration,
    pub(crate) body_within: Duration,
    pub(crate) read_within: Duration,
    pub(crate) stop: StopHandle,
    /// `true`: everything must end now.
    pub(crate) cut: watch::Receiver<bool>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) ids: RequestIds,
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
                Ok((stream, peer, Some(seat))) => {
                    tokio::spawn(self.connection(stream, peer, seat));
                }
                Ok((_, peer, None)) => {
                    tracing::debug!(target: "rpc", %peer, "has its share of sockets");
                }
                Err(error) => {
                    self.metrics.failed_accepts.inc();
                    tracing::warn!(
                        target: "rpc",
                        code = "rpc.accept_failed",
                        %error,
                        "could not accept a connection"
                    );
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn accept(&self, listener: &TcpListener) -> io::Result<Accepted> {
        loop {
            let (stream, address) = listener.accept().await?;
            let peer = counted(address.ip());
            match tune(&stream) {
                Ok(()) => return Ok((stream, peer, self.seats.take(peer).await)),
                // It has gone already, and is no reason to let others wait.
                Err(error) => {
                    tracing::debug!(target: "rpc", %peer, %error, "a connection broke off");
                }
            }
        }
    }

    fn connection(
        &self,
        stream: TcpStream,
        peer: IpAddr,
        seat: Seat,
    ) -> impl Future<Output = ()> + Send + use<> {
        let number = seat.number();
        // A connection may have nothing to read and nothing to write, such as a stream of events.
        let cut = until_cut(&self.cut, &seat);
        let socket = Socket {
            stream,
            reading: Patience::new(self.read_within, &self.cut, &seat),
            writing: Patience::new(WRITE_WITHIN, &self.cut, &seat),
            all: self.cut.clone(),
            seat,
            _counted: self.metrics.socket(),
            metrics: Arc::clone(&self.metrics),
        };
        let (metrics, of_bodies) = (Arc::clone(&self.metrics), Arc::clone(&self.metrics));
        let (head_within, body_within) = (self.head_within, self.body_within);
        let ids = self.ids.clone();
        let service = self
            .service
            .clone()
            .build(self.methods.clone(), self.stop.clone());
        let service = hyper::service::service_fn(move |mut request: HttpRequest<Incoming>| {
            let request_id = ids.of(request.headers());
            request.extensions_mut().insert(request_id.clone());
            request.extensions_mut().insert(Peer(peer));
            request.extensions_mut().insert(number.clone());
            let (parts, body) = request.into_parts();
            let (body, ended) = Watched::new(body);
            let answer = service.clone().call(HttpRequest::from_parts(parts, body));
            let in_time = timeout(body_within, ended);
            let metrics = Arc::clone(&of_bodies);
            // A type of its own: the compiler loses its way in the lifetimes of the service's.
            let answer: Answer = Box::pin(async move {
                let answer = match select(answer, Box::pin(in_time)).await {
                    Either::Left((answer, _)) => answer.map_err(io::Error::other),
                    Either::Right((Ok(_), answer)) => answer.await.map_err(io::Error::other),
                    Either::Right((Err(_), _)) => {
                        metrics.cut(Cut::Body);
                        Ok(too_slow())
                    }
                };
                answer.map(|it| request_id.on(it))
            });
            answer
        });
        let stopped = self.stop.clone().shutdown();
        let secure = self.secure.clone();
        async move {
            tokio::pin!(stopped, cut);
            let line: Box<dyn Line> = Box::new(socket);
            let greeted = tokio::select! {
                biased;
                () = &mut stopped => return,
                greeted = greet(secure.as_deref(), line, head_within) => greeted,
            };
            let line = match greeted {
                Ok(line) => line,
                Err(error) => {
                    metrics.cut(Cut::Handshake);
                    tracing::debug!(target: "rpc", %peer, %error, "a client did not shake hands");
                    return;
                }
            };
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(head_within)
                .serve_connection(TokioIo::new(line), service)
                .with_upgrades();
            tokio::pin!(connection);
            let in_peace = async {
                tokio::select! {
                    ended = connection.as_mut() => ended,
                    () = &mut stopped => {
                        connection.as_mut().graceful_shutdown();
                        connection.await
                    }
                }
            };
            let ended = tokio::select! {
                ended = in_peace => ended,
                // All that it holds goes with it, its seat as well.
                () = cut => return,
            };
            if let Err(error) = ended {
                // The only time that hyper itself keeps; ours are errors of the socket.
                if error.is_timeout() {
                    metrics.cut(Cut::Head);
                }
                tracing::debug!(target: "rpc", %peer, %error, "a connection broke off");
            }
        }
    }
}

/// Tells the kernel what is wanted of a socket.
fn tune(stream: &TcpStream) -> io::Result<()> {
    // Answers are small and awaited: do not hold them back.
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_notsent_lowat(crate::config::NOT_SENT_BYTES)?;
    Ok(())
}

/// Makes a line secret, within a time.
async fn greet(
    secure: Option<&dyn Secure>,
    line: Box<dyn Line>,
    within: Duration,
) -> io::Result<Box<dyn Line>> {
    match secure {
        None => Ok(line),
        Some(secure) => {
            let greeted = timeout(within, secure.greet(line)).await;
            greeted.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        }
    }
}

/// The rest of the body is not read, so the connection ends with this answer.
fn too_slow() -> HttpResponse {
    let mut response = HttpResponse::new(HttpBody::from("the body took too long\n"));
    *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    response
}

/// A body that tells when it was read, or given up: its end of the channel goes with it.
struct Watched<B> {
    body: B,
    _ended: oneshot::Sender<()>,
}

impl<B> Watched<B> {
    fn new(body: B) -> (Watched<B>, oneshot::Receiver<()>) {
        let (_ended, ended) = oneshot::channel();
        (Watched { body, _ended }, ended)
    }
}

impl<B: Body + Unpin> Body for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection that holds its seat, does not wait for ever, and ends when told to.
struct Socket {
    stream: TcpStream,
    reading: Patience,
    writing: Patience,
    /// Turns `true` when all sockets must go.
    all: watch::Receiver<bool>,
    seat: Seat,
    _counted: Held,
    metrics: Arc<Metrics>,
}

impl Socket {
    /// Passes on what was written. Whoever takes it is there, and may have nothing to say meanwhile.
    fn counted(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &written {
            self.metrics.sent_bytes.inc_by(*bytes as u64);
            self.reading.waits &= *bytes == 0;
        }
        written
    }

    /// Why it ends, if it is not by the client or in peace.
    fn cut(&self) -> Option<Cut> {
        match (self.reading.over, self.writing.over) {
            (_, Some(io::ErrorKind::TimedOut)) => Some(Cut::Deaf),
            (Some(io::ErrorKind::TimedOut), _) => Some(Cut::Silent),
            _ if self.seat.is_cut() => Some(Cut::Room),
            (None, None) if !*self.all.borrow() => None,
            _ => Some(Cut::Stop),
        }
    }

    /// Whether it must go. Asked before each read and write: the other end could see to it that neither
    /// ever waits.
    fn is_over(&self) -> bool {
        self.seat.is_cut() || *self.all.borrow()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Some(cut) = self.cut() {
            self.metrics.cut(cut);
        }
    }
}

/// Until all sockets must go, or this one.
fn until_cut(all: &watch::Receiver<bool>, seat: &Seat) -> impl Future<Output = ()> + Send + use<> {
    let (mut all, mut own) = (all.clone(), seat.cut());
    async move {
        // An error means that the server is gone: the same.
        tokio::select! {
            _ = all.wait_for(|now| *now) => {}
            _ = own.wait_for(|now| *now) => {}
        }
    }
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
    /// Ends when all sockets are cut, or this one.
    fn new(limit: Duration, cut: &watch::Receiver<bool>, seat: &Seat) -> Patience {
        Patience {
            limit,
            until: Box::pin(sleep_until(Instant::now())),
            waits: false,
            cut: Box::pin(until_cut(cut, seat)),
            over: None,
        }
    }

    /// The other side has no more time, whatever it does.
    fn end<T>(&mut self) -> Poll<io::Result<T>> {
        let why = *self.over.get_or_insert(io::ErrorKind::ConnectionAborted);
        Poll::Ready(Err(why.into()))
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
        if self.is_over() {
            return self.reading.end();
        }
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
        if self.is_over() {
            return self.writing.end();
        }
        let done = Pin::new(&mut self.stream).poll_write(context, bytes);
        let done = self.counted(done);
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
        if self.is_over() {
            return self.writing.end();
        }
        let done = Pin::new(&mut self.stream).poll_write_vectored(context, buffers);
        let done = self.counted(done);
        self.writing.judge(done, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// What clients are counted by: an address, and of IPv6 the /64 that a site has to itself.
fn counted(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) if !ip.is_loopback() => {
            Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64)).into()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpSocket;

    const SHORT: Duration = Duration::from_millis(60);
    /// What the kernel keeps for the other end.
    const THEIR_BYTES: u32 = 64 * 1024;

    /// Both ends of a connection; ours is the impatient one.
    async fn pair(cut: &watch::Receiver<bool>) -> (Socket, TcpStream, Arc<Seats>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let theirs = TcpSocket::new_v4().unwrap();
        // The same on every machine.
        theirs.set_recv_buffer_size(THEIR_BYTES).unwrap();
        let theirs = theirs.connect(address).await.unwrap();
        let (stream, peer) = listener.accept().await.unwrap();
        tune(&stream).unwrap();
        let metrics = Arc::new(Metrics::default());
        let seats = Seats::new(1, 1, Duration::ZERO, Arc::clone(&metrics));
        let seat = seats.take(peer.ip()).await.unwrap();
        let socket = Socket {
            stream,
            reading: Patience::new(SHORT, cut, &seat),
            writing: Patience::new(SHORT, cut, &seat),
            all: cut.clone(),
            seat,
            _counted: metrics.socket(),
            metrics,
        };
        (socket, theirs, seats)
    }

    #[test]
    fn a_site_of_ipv6_is_one_client() {
        let counted = |text: &str| counted(text.parse().unwrap());
        assert_eq!(
            counted("2001:db8:1:2:3::4"),
            counted("2001:db8:1:2:ffff::5")
        );
        assert_ne!(counted("2001:db8:1:2::4"), counted("2001:db8:1:3::4"));
        assert_eq!(counted("::ffff:10.1.2.3"), counted("10.1.2.3"));
        assert_ne!(counted("10.1.2.3"), counted("10.1.2.4"));
        assert!(counted("::1").is_loopback() && counted("127.0.0.9").is_loopback());
    }

    #[tokio::test]
    async fn who_says_nothing_is_not_waited_for() {
        let (_cutter, cut) = watch::channel(false);
        let (mut ours, mut theirs, seats) = pair(&cut).await;
        theirs.write_all(b"x").await.unwrap();
        assert_eq!(ours.read_u8().await.unwrap(), b'x');
        let error = ours.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let again = ours.read_u8().await.unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::TimedOut, "it stays so");
        let peer = theirs.peer_addr().unwrap().ip();
        assert!(seats.take(peer).now_or_never().is_none());
        let metrics = Arc::clone(&ours.metrics);
        drop(ours);
        assert_eq!(metrics.cuts(Cut::Silent), 1);
        let next = seats.take(peer).now_or_never();
        assert!(next.is_some(), "the seat goes with the socket");
    }

    #[tokio::test]
    async fn who_is_quiet_goes_when_another_one_comes() {
        let (_cutter, cut) = watch::channel(false);
        let (mut ours, theirs, seats) = pair(&cut).await;
        ours.reading.limit = Duration::from_secs(3600);
        let metrics = Arc::clone(&ours.metrics);
        let reading = async {
            let error = ours.read_u8().await.unwrap_err();
            drop(ours);
            error.kind()
        };
        let next = seats.take(theirs.peer_addr().unwrap().ip());
        let (kind, next) = tokio::join!(reading, next);
        assert_eq!(kind, io::ErrorKind::ConnectionAborted);
        assert!(next.is_some());
        assert_eq!(metrics.cuts(Cut::Room), 1);
    }

    #[tokio::test]
    async fn who_is_cut_goes_also_if_it_always_has_something_to_say_and_takes_everything() {
        let (_cutter, cut) = watch::channel(false);
        let (mut ours, mut theirs, seats) = pair(&cut).await;
        theirs.write_all(b"xx").await.unwrap();
        assert_eq!(ours.read_u8().await.unwrap(), b'x');
        let next = seats.take(theirs.peer_addr().unwrap().ip());
        tokio::pin!(next);
        assert!(next.as_mut().now_or_never().is_none());
        let error = ours.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
        let error = ours.write_all(b"x").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
        drop(ours);
        assert!(next.await.is_some());
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
        let metrics = Arc::clone(&ours.metrics);
        // Each side counts twice what it is told.
        let kept_max = 2 * (SEND_BUFFER_BYTES as u64 + u64::from(THEIR_BYTES));
        let kept = metrics.sent_bytes.get();
        assert!((1..=kept_max).contains(&kept), "{kept} bytes in the kernel");
        drop(ours);
        assert_eq!(metrics.cuts(Cut::Deaf), 1);
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
        let metrics = Arc::clone(&ours.metrics);
        drop(ours);
        assert_eq!(metrics.cuts(Cut::Stop), 1);
    }
}
