//! Serves a folder of snapshots, read-only.
//!
//! Always: nothing but files of finished snapshots is given out; sockets are bounded, and one on which
//! nothing moves is closed.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::fs::File;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::body::Answer;
use super::{Entry, PATH};
use crate::folder::{MANIFEST, chunk_name, is_name, list};

/// A request's head must be whole within this time.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// Longest request line and headers.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// After a failed `accept` (too many open files, say) there is no use in trying at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

const BYTES: &str = "application/octet-stream";
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// What is served, and where.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Address to listen on. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Folder of snapshots.
    pub folder: PathBuf,
    /// Open sockets; one more waits.
    pub connections_max: usize,
    /// Open sockets of one address.
    pub per_address_max: usize,
    /// Whether that holds for this machine's own addresses, too.
    pub is_loopback_bound: bool,
    /// A socket on which nothing was asked or taken for so long is closed.
    pub stalled_after: Duration,
}

/// A port that is listened on.
pub struct Server {
    listener: TcpListener,
    places: Arc<Semaphore>,
    per_address_max: usize,
    is_loopback_bound: bool,
    stalled_after: Duration,
    /// Open sockets of each address.
    addresses: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
    folder: Arc<PathBuf>,
}

impl Server {
    /// Takes the port.
    pub async fn listen(config: ServerConfig) -> io::Result<(Server, SocketAddr)> {
        let listener = TcpListener::bind(config.listen).await?;
        let address = listener.local_addr()?;
        let server = Server {
            listener,
            places: Arc::new(Semaphore::new(config.connections_max)),
            per_address_max: config.per_address_max,
            is_loopback_bound: config.is_loopback_bound,
            stalled_after: config.stalled_after,
            addresses: Arc::default(),
            folder: Arc::new(config.folder),
        };
        Ok((server, address))
    }

    /// Answers until `stop` is ready; then every connection ends.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut stop => return,
                Some(_) = connections.join_next() => continue,
                accepted = self.accept() => accepted,
            };
            match accepted {
                Ok((stream, from, place)) => {
                    let Some(share) = self.share(from) else {
                        tracing::debug!(target: "snapshot", %from, "closed a connection beyond the share of its address");
                        continue;
                    };
                    let (folder, places) = (Arc::clone(&self.folder), Arc::clone(&self.places));
                    let stalled_after = self.stalled_after;
                    connections.spawn(async move {
                        serve(stream, folder, places, stalled_after).await;
                        drop((place, share));
                    });
                }
                Err(error) => {
                    tracing::warn!(
                        target: "snapshot",
                        code = "snapshot.accept_failed",
                        %error,
                        "could not accept a connection"
                    );
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// The next connection, once there is a place for it.
    async fn accept(&self) -> io::Result<(TcpStream, IpAddr, OwnedSemaphorePermit)> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(io::Error::other)?;
        let (stream, from) = self.listener.accept().await?;
        Ok((stream, counted(from.ip()), place))
    }

    /// One more socket of an address; `None`: it has its share.
    fn share(&self, from: IpAddr) -> Option<Share> {
        let mut addresses = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let open = addresses.entry(from).or_default();
        let is_bound = self.is_loopback_bound || !from.is_loopback();
        if is_bound && *open >= self.per_address_max {
            return None;
        }
        *open += 1;
        let addresses = Arc::clone(&self.addresses);
        Some(Share { addresses, from })
    }
}

/// What sockets are counted by: an address, and of IPv6 the /64 that a site has to itself.
fn counted(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) if !ip.is_loopback() => {
            Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64)).into()
        }
        other => other,
    }
}

/// A socket that counts for its address until this is dropped.
struct Share {
    addresses: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
    from: IpAddr,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut addresses = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = addresses.get_mut(&self.from) {
            *open = open.saturating_sub(1);
            if *open == 0 {
                addresses.remove(&self.from);
            }
        }
    }
}

async fn serve(
    stream: TcpStream,
    folder: Arc<PathBuf>,
    places: Arc<Semaphore>,
    stalled_after: Duration,
) {
    let progress = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&progress);
    let service = service_fn(move |request: Request<Incoming>| {
        counted.fetch_add(1, Ordering::Relaxed);
        let (folder, progress) = (Arc::clone(&folder), Arc::clone(&counted));
        // The listener holds one place while it waits for somebody: with it all are taken a little early.
        let is_full = places.available_permits() == 0;
        async move {
            let mut response = answer(&request, &folder, progress).await;
            if is_full {
                // Others wait for the place.
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(CONNECTION, close);
            }
            Ok::<_, Infallible>(response)
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        ended = connection => if let Err(error) = ended {
            tracing::debug!(target: "snapshot", %error, "a connection broke off");
        },
        () = stalled(&progress, stalled_after) => {
            tracing::debug!(target: "snapshot", "closed a connection on which nothing moved");
        }
    }
}

/// Until nothing has moved for so long.
async fn stalled(progress: &AtomicU64, stalled_after: Duration) {
    let mut seen = None;
    loop {
        let now = progress.load(Ordering::Relaxed);
        if seen == Some(now) {
            return;
        }
        seen = Some(now);
        tokio::time::sleep(stalled_after).await;
    }
}

async fn answer(
    request: &Request<Incoming>,
    folder: &Path,
    progress: Arc<AtomicU64>,
) -> Response<Answer> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "only GET\n");
        let allowed = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(ALLOW, allowed);
        return response;
    }
    let below = request.uri().path().strip_prefix(PATH);
    let opened = match below.map(|it| it.trim_start_matches('/')) {
        Some("") => return listed(folder),
        Some(below) => open(folder, below).await,
        None => None,
    };
    match opened {
        Some((file, left)) => respond(
            StatusCode::OK,
            BYTES,
            Answer::File {
                file,
                left,
                progress,
            },
        ),
        None => text(StatusCode::NOT_FOUND, "no such snapshot or chunk\n"),
    }
}

/// What is in the folder now.
fn listed(folder: &Path) -> Response<Answer> {
    let entry = |it: crate::Listed| Entry {
        height: it.height,
        name: it.name,
    };
    let listed = list(folder).map(|all| all.into_iter().map(entry).collect::<Vec<_>>());
    let body = listed.map_err(|error| error.to_string()).and_then(|all| {
        let encoded = serde_json::to_vec(&all);
        encoded.map_err(|error| error.to_string())
    });
    match body {
        Ok(body) => respond(StatusCode::OK, JSON, Answer::Text(Some(body.into()))),
        Err(error) => {
            tracing::warn!(target: "snapshot", code = "snapshot.listing_failed", error, "cannot list the folder");
            text(
                StatusCode::INTERNAL_SERVER_ERROR,
                "cannot list the folder\n",
            )
        }
    }
}

/// The file that `NAME/manifest` or `NAME/chunks/INDEX` means, and its size.
async fn open(folder: &Path, below: &str) -> Option<(File, u64)> {
    // Names and numbers only: nothing that came over the network becomes part of a path as it is.
    let file_name = match below.split('/').collect::<Vec<_>>()[..] {
        [name, MANIFEST] if is_name(name) => folder.join(name).join(MANIFEST),
        [name, "chunks", index] if is_name(name) => {
            folder.join(name).join(chunk_name(index.parse().ok()?))
        }
        _ => return None,
    };
    let file = File::open(file_name).await.ok()?;
    let metadata = file.metadata().await.ok()?;
    metadata.is_file().then_some((file, metadata.len()))
}

fn text(status: StatusCode, text: &'static str) -> Response<Answer> {
    respond(status, TEXT, Answer::Text(Some(text.into())))
}

fn respond(status: StatusCode, kind: &'static str, body: Answer) -> Response<Answer> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
