//! What may stand between a socket and HTTP: TLS, which is its caller's.

use std::io;

use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

/// Bytes to and from a client.
pub trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

/// Makes a line secret. The server bounds how long that may take.
pub trait Secure: Send + Sync {
    /// Shakes hands with a client; what it says from then on is on the line that is given back.
    fn greet(&self, line: Box<dyn Line>) -> BoxFuture<'static, io::Result<Box<dyn Line>>>;
}
