//! The port of whoever runs the node: JSON-RPC 2.0 by `POST /`, a call at a time, with a token.
//!
//! ```text
//! loopback or socket file ──► Door ──► Desk: token? size? one call? ──► Methods
//!                                          └── each call, let in or not ──► security log
//! ```
//!
//! Always: it listens on this machine alone; nothing is read of a request before its token is known;
//! sockets, bytes and times are bounded. It is never the clients' port, and that has none of its methods.
//! Not here: reading settings anew (`reload`), health and metrics (`ops`), which need no token.

mod call; // what is asked, and the shape of answers
mod desk; // who may ask
mod methods; // what is done
mod peers; // who is called
mod token; // by what callers are known

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use argosy_signer::SignerSocket;
use futures::future::join_all;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;

use super::tasks::Stop;
use crate::config::AdminConfig;
use crate::failure::{Exit, Failure, not_listening};
use desk::Desk;
pub(super) use methods::Methods;
use token::Token;

/// Open sockets of each door; one more waits.
const SOCKETS_MAX: usize = 8;
/// After a failed `accept` (too many open files, say) there is no use in trying at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Where calls come in.
enum Door {
    Loopback(TcpListener),
    /// The file goes with the value.
    File(UnixListener, SignerSocket),
}

/// A port that is listened on, whose callers wait until the node serves.
pub(super) struct Admin {
    doors: Vec<Door>,
    token: Token,
    place: Option<String>,
}

/// The two sides that a connection may have.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Admin {
    /// Takes the port, and makes a token if there is none; `None`: no such port is wanted.
    pub(super) async fn listen(config: &AdminConfig) -> Result<Option<Admin>, Failure> {
        if !config.is_wanted() {
            return Ok(None);
        }
        let token = Token::read_or_make(&config.token_file)?;
        let (mut doors, mut address) = (Vec::new(), None);
        if let Some(listen) = config.listen {
            let failed = |error| not_listening("admin.listen", listen, &error);
            let listener = TcpListener::bind(listen).await.map_err(failed)?;
            address = Some(listener.local_addr().map_err(failed)?);
            doors.push(Door::Loopback(listener));
        }
        if let Some(path) = &config.socket {
            let failed = |error: anyhow::Error| {
                Failure::new(Exit::Listen, format!("{error:#}; set admin.socket"))
            };
            let socket = SignerSocket::bind(path).map_err(|error| failed(error.into()))?;
            let listener = socket.listener().and_then(UnixListener::from_std);
            let listener = listener.map_err(|error| failed(error.into()))?;
            doors.push(Door::File(listener, socket));
        }
        let place = place(address, config.socket.as_ref());
        tracing::info!(
            target: "admin",
            code = "admin.listening",
            place,
            token = %config.token_file.display(),
            "takes calls of whoever runs the node"
        );
        Ok(Some(Admin {
            doors,
            token,
            place,
        }))
    }

    /// Where it is reached, for who looks for it.
    pub(super) fn place(&self) -> Option<String> {
        self.place.clone()
    }

    /// Answers until it is told to stop.
    pub(super) async fn run(self, methods: Methods, stop: Stop) -> Result<(), Failure> {
        let desk = Arc::new(Desk::new(self.token, methods));
        let doors = self.doors.into_iter();
        join_all(doors.map(|it| it.keep(Arc::clone(&desk), stop.clone()))).await;
        Ok(())
    }
}

/// A URL, or a file.
fn place(address: Option<SocketAddr>, socket: Option<&PathBuf>) -> Option<String> {
    let url = address.map(|it| format!("http://{it}"));
    url.or_else(|| Some(format!("unix:{}", socket?.display())))
}

impl Door {
    /// Lets callers in until it is told to stop.
    async fn keep(self, desk: Arc<Desk>, mut stop: Stop) {
        let places = Arc::new(Semaphore::new(SOCKETS_MAX));
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.asked() => return,
                accepted = self.accept(&places) => accepted,
            };
            match accepted {
                Ok((stream, from, place)) => {
                    let (desk, mut stop) = (Arc::clone(&desk), stop.clone());
                    tokio::spawn(async move {
                        // What the desk knows of the node must not outlive it.
                        tokio::select! {
                            () = stop.asked() => {}
                            () = desk.serve(stream, from) => {}
                        }
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(
                        target: "admin",
                        code = "admin.accept_failed",
                        %error,
                        "could not accept a connection"
                    );
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// The next connection and where it is from, once there is a place for it.
    async fn accept(
        &self,
        places: &Arc<Semaphore>,
    ) -> std::io::Result<(Box<dyn Stream>, String, tokio::sync::OwnedSemaphorePermit)> {
        let place = Arc::clone(places).acquire_owned().await;
        let place = place.map_err(std::io::Error::other)?;
        match self {
            Door::Loopback(listener) => {
                let (stream, from) = listener.accept().await?;
                Ok((Box::new(stream), from.to_string(), place))
            }
            Door::File(listener, socket) => {
                let (stream, _) = listener.accept().await?;
                let from = socket.path().display().to_string();
                Ok((Box::new(stream), from, place))
            }
        }
    }
}
