//! The socket file of a signer, and the way to stop who serves on it.
//!
//! Invariant: the socket appears under its name with mode 0600, never wider; a live server's
//! socket is never taken away, a dead one's is.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use super::stream::{Caller, Listen};

/// Why there is no socket to serve on.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// A server answers there.
    #[error("somebody is already listening on {}: stop that first", path.display())]
    InUse {
        /// Where.
        path: PathBuf,
    },
    /// The name belongs to something else.
    #[error("{} exists and is not a socket: choose another path", path.display())]
    NotASocket {
        /// Where.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
}

/// A socket that listens; its file goes when it is dropped.
#[derive(Debug)]
pub struct SignerSocket {
    path: PathBuf,
    /// Device and number of the socket's file.
    identity: (u64, u64),
    listener: UnixListener,
}

impl SignerSocket {
    /// Listens at `path`. The socket that a dead server has left there is replaced.
    pub fn bind(path: &Path) -> Result<SignerSocket, SocketError> {
        let failed = |action| {
            move |source| SocketError::Io {
                action,
                path: path.to_owned(),
                source,
            }
        };
        check_free(path)?;
        // In a folder that nobody else can enter it gets its mode before it gets its name.
        let mut random = [0; 4];
        getrandom::fill(&mut random)
            .map_err(|it| failed("bind")(io::Error::other(it.to_string())))?;
        let scratch = path.with_file_name(format!(".{}", const_hex::encode(random)));
        (DirBuilder::new().mode(0o700).create(&scratch)).map_err(failed("bind"))?;
        let inside = scratch.join("s");
        let placed = UnixListener::bind(&inside).and_then(|listener| {
            fs::set_permissions(&inside, Permissions::from_mode(0o600))?;
            let facts = fs::symlink_metadata(&inside)?;
            fs::rename(&inside, path)?;
            Ok((listener, (facts.dev(), facts.ino())))
        });
        // After a failure only; its error counts less than the one before.
        let _ = fs::remove_file(&inside);
        let removed = fs::remove_dir(&scratch);
        let (listener, identity) = placed.map_err(failed("bind"))?;
        removed.map_err(failed("remove the temporary folder of"))?;
        (listener.set_nonblocking(true)).map_err(failed("listen on"))?;
        Ok(SignerSocket {
            path: path.to_owned(),
            identity,
            listener,
        })
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The listener, which does not block, for a server of another kind. The file goes with `self`.
    pub fn listener(&self) -> io::Result<UnixListener> {
        self.listener.try_clone()
    }
}

impl Listen for SignerSocket {
    fn waits(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }

    fn accept(&self) -> io::Result<Box<dyn Caller>> {
        let (stream, _) = self.listener.accept()?;
        stream.set_nonblocking(false)?;
        Ok(Box::new(stream))
    }
}

impl Drop for SignerSocket {
    fn drop(&mut self) {
        let is_ours = fs::symlink_metadata(&self.path)
            .is_ok_and(|facts| (facts.dev(), facts.ino()) == self.identity);
        if is_ours {
            // A socket that stays behind is replaced by the next server.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Two servers that begin at the same moment could both pass; the sign record's lock stops one.
fn check_free(path: &Path) -> Result<(), SocketError> {
    let taken = match fs::symlink_metadata(path) {
        Ok(facts) => facts,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => {
            return Err(SocketError::Io {
                action: "look at",
                path: path.to_owned(),
                source,
            });
        }
    };
    let path = path.to_owned();
    if !taken.file_type().is_socket() {
        return Err(SocketError::NotASocket { path });
    }
    match UnixStream::connect(&path) {
        Ok(_) => Err(SocketError::InUse { path }),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(SocketError::Io {
            action: "ask who listens on",
            path,
            source,
        }),
    }
}

/// Stops a server when it is dropped.
#[derive(Debug)]
pub struct StopHandle(#[expect(dead_code, reason = "closing it is the signal")] UnixStream);

/// What a server watches to know when to stop.
#[derive(Debug)]
pub struct StopSignal(pub(super) UnixStream);

/// A handle, and the signal that comes when it is dropped.
pub fn stop_pair() -> io::Result<(StopHandle, StopSignal)> {
    let (handle, signal) = UnixStream::pair()?;
    Ok((StopHandle(handle), StopSignal(signal)))
}

impl StopHandle {
    /// Ends the server: open connections are closed, signatures in the making are not released.
    pub fn stop(self) {}
}
