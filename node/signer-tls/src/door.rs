//! Where nodes come to a signer.
//!
//! Always: who comes shakes hands in a thread of its own, so that it holds up nobody else.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use argosy_signer::{Caller, Closer, Listen, Stream};
use rustls::{ServerConfig, ServerConnection};

use crate::stream::TlsStream;
use crate::{Identity, TlsError};

/// Listens on an address, and takes in who shows a certificate.
pub struct TlsDoor {
    listener: TcpListener,
    address: SocketAddr,
    config: Arc<ServerConfig>,
}

impl TlsDoor {
    /// Port 0: one that is free.
    pub fn bind(address: SocketAddr, identity: Identity) -> Result<TlsDoor, TlsError> {
        let config = identity.server()?;
        let bound = TcpListener::bind(address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        });
        let (listener, address) = bound.map_err(|source| TlsError::Listen { address, source })?;
        Ok(TlsDoor {
            listener,
            address,
            config,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl fmt::Debug for TlsDoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsDoor")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Listen for TlsDoor {
    fn waits(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }

    fn accept(&self) -> io::Result<Box<dyn Caller>> {
        let (socket, _) = self.listener.accept()?;
        socket.set_nonblocking(false)?;
        socket.set_nodelay(true)?;
        Ok(Box::new(Visitor {
            socket,
            config: Arc::clone(&self.config),
        }))
    }
}

/// Somebody, who has not shown a certificate yet.
struct Visitor {
    socket: TcpStream,
    config: Arc<ServerConfig>,
}

impl Caller for Visitor {
    fn closer(&self) -> io::Result<Closer> {
        Closer::of_tcp(&self.socket)
    }

    fn greet(self: Box<Self>, time: Duration) -> io::Result<Box<dyn Stream>> {
        let connection = ServerConnection::new(self.config).map_err(io::Error::other)?;
        let stream = TlsStream::shake(connection, self.socket, time)?;
        Ok(Box::new(stream))
    }
}
