//! A socket at work: how long it may keep us waiting, and when it must go.
//!
//! Always holds: who is told to go goes at its next byte, or before, whatever the other end does.
//! Not here: whose socket is cut for another one (`seats`), heads and bodies (`accept`).

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::future::BoxFuture;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::config::{SEND_BUFFER_BYTES, WRITE_WITHIN};
use crate::metrics::{Cut, Held, Metrics};
use crate::seats::Seat;

/// Tells the kernel what is wanted of a socket.
pub(crate) fn tune(stream: &TcpStream) -> io::Result<()> {
    // Answers are small and awaited: do not hold them back.
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_notsent_lowat(crate::config::NOT_SENT_BYTES)?;
    Ok(())
}

/// A connection that holds its seat, does not wait for ever, and ends when told to.
pub(crate) struct Socket {
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
    /// A connection with a seat: what it sends may stand still for so long.
    pub(crate) fn new(
        stream: TcpStream,
        read_within: Duration,
        all: &watch::Receiver<bool>,
        seat: Seat,
        metrics: Arc<Metrics>,
    ) -> Socket {
        Socket {
            stream,
            reading: Patience::new(read_within, all, &seat),
            writing: Patience::new(WRITE_WITHIN, all, &seat),
            all: all.clone(),
            seat,
            _counted: metrics.socket(),
            metrics,
        }
    }

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
pub(crate) fn until_cut(
    all: &watch::Receiver<bool>,
    seat: &Seat,
) -> impl Future<Output = ()> + Send + use<> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpSocket};
    use tokio::time::sleep;

    use crate::seats::Seats;

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
        let mut socket = Socket::new(stream, SHORT, cut, seat, metrics);
        socket.writing.limit = SHORT;
        (socket, theirs, seats)
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
