//! What carries the words between a node and its signer: a Unix socket here, anything else elsewhere
//! (`argosy-signer-tls`).

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// A connection. A read or a write that comes to nothing in time gives [`io::ErrorKind::WouldBlock`]
/// or [`io::ErrorKind::TimedOut`], and may be tried again; one that gives
/// [`io::ErrorKind::Interrupted`] is to be.
pub trait Stream: Read + Write + Send {
    /// How long one read or one write may wait.
    fn set_time(&self, time: Duration) -> io::Result<()>;
}

/// Ends a connection, whoever uses it meanwhile.
pub struct Closer(Box<dyn Fn() + Send>);

impl Closer {
    /// Ends this one.
    pub fn of_unix(stream: &UnixStream) -> io::Result<Closer> {
        let twin = stream.try_clone()?;
        // It fails only where the other side has left by itself.
        Ok(Closer(Box::new(move || {
            drop(twin.shutdown(Shutdown::Both))
        })))
    }

    /// Ends this one.
    pub fn of_tcp(stream: &TcpStream) -> io::Result<Closer> {
        let twin = stream.try_clone()?;
        Ok(Closer(Box::new(move || {
            drop(twin.shutdown(Shutdown::Both))
        })))
    }

    /// Does it.
    pub fn close(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Closer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closer")
    }
}

/// A client that has come, before anything was said.
pub trait Caller: Send {
    /// The way to end it.
    fn closer(&self) -> io::Result<Closer>;

    /// Makes sure who it is, in the client's own thread; an error says why it is turned away.
    fn greet(self: Box<Self>, time: Duration) -> io::Result<Box<dyn Stream>>;
}

/// Where clients come.
pub trait Listen: Sync {
    /// Readable while a client waits.
    fn waits(&self) -> BorrowedFd<'_>;

    /// The next client; [`io::ErrorKind::WouldBlock`]: none is waiting.
    fn accept(&self) -> io::Result<Box<dyn Caller>>;
}

/// The way to a signer.
pub trait Way: Send + Sync {
    /// Where that is, for people.
    fn place(&self) -> String;

    /// Connects, and makes sure who is there, within `time`.
    fn dial(&self, time: Duration) -> io::Result<Box<dyn Stream>>;
}

impl Stream for UnixStream {
    fn set_time(&self, time: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(time))?;
        self.set_write_timeout(Some(time))
    }
}

impl Caller for UnixStream {
    fn closer(&self) -> io::Result<Closer> {
        Closer::of_unix(self)
    }

    /// The socket's mode says who may connect.
    fn greet(self: Box<Self>, _: Duration) -> io::Result<Box<dyn Stream>> {
        Ok(self)
    }
}

/// The way to a socket in the file system.
#[derive(Debug)]
pub(super) struct UnixWay(pub(super) PathBuf);

impl Way for UnixWay {
    fn place(&self) -> String {
        self.0.display().to_string()
    }

    fn dial(&self, _: Duration) -> io::Result<Box<dyn Stream>> {
        Ok(Box::new(UnixStream::connect(&self.0)?))
    }
}
