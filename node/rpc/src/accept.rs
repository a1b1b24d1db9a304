//! Connections: from the socket to HTTP.
//!
//! A seat belongs to the socket itself, so that it is free again exactly when the socket is closed,
//! WebSocket or not. HTTP/1.1 only: one answer at a time per socket is what bounds memory.
//! A request's head and its body each have a time in all, however busily their bytes drip; a
//! standstill in between is bounded too. Hands are shaken within the time of a head.
//! Not here: whose socket is cut for another one (`seats`), a socket at work (`socket`).

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::{BoxFuture, Either, select};
use hyper::StatusCode;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{CONNECTION, HeaderValue};
use hyper_util::rt::{TokioIo, TokioTimer};
use jsonrpsee::server::{
    HttpBody, HttpRequest, HttpResponse, Methods, StopHandle, TowerServiceBuilder,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::time::{sleep, timeout};
use tower::Service;

use crate::metrics::{Cut, Metrics};
use crate::proxies::Proxies;
use crate::request::RequestIds;
use crate::seats::{Seat, Seats};
use crate::secure::{Line, Secure};
use crate::server::{HttpStack, RpcStack};
use crate::socket::{Socket, tune, until_cut};

/// After a failed `accept` (too many open files, say) there is no use in trying at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A connection without a seat is closed.
type Accepted = (TcpStream, IpAddr, Option<Seat>);
type Answer = BoxFuture<'static, io::Result<HttpResponse>>;

/// Who asks: the address at the other end of a connection, or whom a trusted proxy there speaks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// What every connection is given.
pub(crate) struct Connections {
    pub(crate) service: TowerServiceBuilder<RpcStack, HttpStack>,
    pub(crate) methods: Methods,
    pub(crate) seats: Arc<Seats>,
    pub(crate) proxies: Proxies,
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
            let peer = address.ip();
            // A proxy's sockets are its clients': it may have all, as this machine may.
            let holder = match self.proxies.trusts(peer) {
                true => IpAddr::V4(Ipv4Addr::LOCALHOST),
                false => counted(peer),
            };
            match tune(&stream) {
                Ok(()) => return Ok((stream, peer, self.seats.take(holder).await)),
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
        let metrics = Arc::clone(&self.metrics);
        let socket = Socket::new(stream, self.read_within, &self.cut, seat, metrics);
        let (metrics, of_bodies) = (Arc::clone(&self.metrics), Arc::clone(&self.metrics));
        let (head_within, body_within) = (self.head_within, self.body_within);
        let (ids, proxies) = (self.ids.clone(), self.proxies.clone());
        let service = self
            .service
            .clone()
            .build(self.methods.clone(), self.stop.clone());
        let service = hyper::service::service_fn(move |mut request: HttpRequest<Incoming>| {
            let request_id = ids.of(request.headers());
            request.extensions_mut().insert(request_id.clone());
            let client = counted(proxies.client(peer, request.headers()));
            request.extensions_mut().insert(Peer(client));
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
}
