//! The way to a signer.
//!
//! Always: what is dialled is the signer that the certificate names, or nothing.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use argosy_signer::{Stream, Way};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use crate::stream::TlsStream;
use crate::{Identity, TlsError};

/// The way to a signer that listens on an address of a network.
pub struct TlsWay {
    /// `host:port`, as the operator says it.
    address: String,
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
}

impl TlsWay {
    /// To `host:port`; the name is looked up at each call, and must be one that the signer's certificate
    /// has.
    pub fn new(address: &str, identity: Identity) -> Result<TlsWay, TlsError> {
        let no_name = || TlsError::Name(address.to_owned());
        let (host, port) = address.rsplit_once(':').ok_or_else(no_name)?;
        port.parse::<u16>().map_err(|_| no_name())?;
        // An IPv6 address stands in brackets.
        let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let name = ServerName::try_from(bare.unwrap_or(host).to_owned());
        Ok(TlsWay {
            address: address.to_owned(),
            name: name.map_err(|_| no_name())?,
            config: identity.client()?,
        })
    }
}

impl fmt::Debug for TlsWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsWay")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Way for TlsWay {
    fn place(&self) -> String {
        self.address.clone()
    }

    /// The look-up of the name takes as long as the system lets it.
    fn dial(&self, time: Duration) -> io::Result<Box<dyn Stream>> {
        let deadline = Instant::now() + time;
        let mut failed = io::Error::new(ErrorKind::NotFound, "the name has no address");
        for address in self.address.to_socket_addrs()? {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            match TcpStream::connect_timeout(&address, left) {
                Ok(socket) => {
                    socket.set_nodelay(true)?;
                    let config = Arc::clone(&self.config);
                    let connection = ClientConnection::new(config, self.name.clone());
                    let left = deadline.saturating_duration_since(Instant::now());
                    let connection = connection.map_err(io::Error::other)?;
                    return Ok(Box::new(TlsStream::shake(connection, socket, left)?));
                }
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }
}
