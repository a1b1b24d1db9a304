//! Asks a signer in another process.
//!
//! Invariant: a signature is handed on only if it is the right key's over the right hash. A
//! connection that failed is not used again; the next call makes a new one.

use std::fmt;
use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use argosy_primitives::{
    GenesisHash, Hash32, PeerProof, Proposal, ProposalParts, PublicKey, Signature, Vote,
};

use super::wire::{self, Answer, FrameError, Hello, MAGIC, Request, VERSION};
use crate::{Mark, Sign, SignError};

/// Why a remote signer could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// Nobody listens there, or we may not connect.
    #[error("cannot connect to the signer at {}: is it running?", path.display())]
    Unreachable {
        /// The socket.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// It hung up.
    #[error("the signer at {} closed the connection: it has stopped, or has too many clients", path.display())]
    Closed {
        /// The socket.
        path: PathBuf,
    },
    /// No answer in time.
    #[error("the signer at {} did not answer within {time:?}", path.display())]
    TimedOut {
        /// The socket.
        path: PathBuf,
        /// How long we waited.
        time: Duration,
    },
    /// Something else listens there.
    #[error("what listens at {} is not a signer: {reason}", path.display())]
    NotASigner {
        /// The socket.
        path: PathBuf,
        /// What is wrong with its words.
        reason: String,
    },
    /// It speaks another version.
    #[error("the signer at {} speaks version {found}, we speak {own}: update the older one", path.display())]
    OtherVersion {
        /// The socket.
        path: PathBuf,
        /// Its version.
        found: u16,
        /// Ours.
        own: u16,
    },
    /// It signs for another chain.
    #[error("the signer at {} is for chain {found}, not {expected}", path.display())]
    OtherChain {
        /// The socket.
        path: PathBuf,
        /// Its chain.
        found: GenesisHash,
        /// Ours.
        expected: GenesisHash,
    },
    /// It signs with another key.
    #[error("the signer at {} has key {found}, not {expected}", path.display())]
    OtherKey {
        /// The socket.
        path: PathBuf,
        /// Its key.
        found: PublicKey,
        /// Ours.
        expected: PublicKey,
    },
    /// It gave a signature that does not hold.
    #[error("the signer at {} gave a signature that does not hold", path.display())]
    BadSignature {
        /// The socket.
        path: PathBuf,
    },
    /// The system failed.
    #[error("the connection to the signer at {} failed", path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
}

/// A signer behind a Unix socket. Calls are made one after the other.
pub struct RemoteSigner {
    path: PathBuf,
    key: PublicKey,
    chain: GenesisHash,
    time: Duration,
    connection: Mutex<Option<UnixStream>>,
}

impl RemoteSigner {
    /// Connects, and checks that the signer has this key and is for this chain.
    ///
    /// `time` is how long any hello or answer may take; the signer syncs its disk for each.
    pub fn connect(
        path: &Path,
        key: PublicKey,
        chain: GenesisHash,
        time: Duration,
    ) -> Result<RemoteSigner, RemoteError> {
        let signer = RemoteSigner {
            path: path.to_owned(),
            key,
            chain,
            time,
            connection: Mutex::new(None),
        };
        let stream = signer.dial()?;
        *signer
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(stream);
        Ok(signer)
    }

    /// Asks over the connection there is, or over a new one. One that the server has closed since
    /// the last call is replaced within this call: asking twice is harmless.
    fn ask(&self, request: &Request) -> Result<Answer, SignError> {
        let mut connection = (self.connection.lock()).unwrap_or_else(PoisonError::into_inner);
        if let Some(mut stream) = connection.take() {
            match self.exchange(&mut stream, request) {
                Ok(answer) => {
                    *connection = Some(stream);
                    return Ok(answer);
                }
                Err(FrameError::Closed) => {}
                Err(error) => return Err(self.failure(error).into()),
            }
        }
        let mut stream = self.dial()?;
        let answer = (self.exchange(&mut stream, request)).map_err(|error| self.failure(error))?;
        *connection = Some(stream);
        Ok(answer)
    }

    fn exchange(&self, stream: &mut UnixStream, request: &Request) -> Result<Answer, FrameError> {
        wire::send(stream, request, self.time)?;
        wire::receive(stream, self.time, self.time)
    }

    fn dial(&self) -> Result<UnixStream, RemoteError> {
        let path = || self.path.clone();
        let mut stream =
            UnixStream::connect(&self.path).map_err(|source| RemoteError::Unreachable {
                path: path(),
                source,
            })?;
        let own = Hello::new(self.chain, self.key);
        let theirs = wire::send(&mut stream, &own, self.time)
            .and_then(|()| wire::receive::<Hello>(&mut stream, self.time, self.time))
            .map_err(|error| self.failure(error))?;
        if theirs.magic != MAGIC {
            return Err(RemoteError::NotASigner {
                path: path(),
                reason: "it does not begin as one".to_owned(),
            });
        }
        if theirs.version != VERSION {
            return Err(RemoteError::OtherVersion {
                path: path(),
                found: theirs.version,
                own: VERSION,
            });
        }
        if theirs.chain != self.chain {
            return Err(RemoteError::OtherChain {
                path: path(),
                found: theirs.chain,
                expected: self.chain,
            });
        }
        if theirs.key != self.key {
            return Err(RemoteError::OtherKey {
                path: path(),
                found: theirs.key,
                expected: self.key,
            });
        }
        Ok(stream)
    }

    fn signature(&self, request: &Request, sign_hash: Hash32) -> Result<Signature, SignError> {
        match self.ask(request)? {
            Answer::Signature(signature) => {
                match self.key.verify(sign_hash.as_bytes(), &signature) {
                    Ok(()) => Ok(signature),
                    Err(_) => Err(SignError::Remote(RemoteError::BadSignature {
                        path: self.path.clone(),
                    })),
                }
            }
            Answer::Refusal(refusal) => Err(refusal.into()),
            Answer::Mark(_) => Err(self.wrong_answer().into()),
        }
    }

    fn wrong_answer(&self) -> RemoteError {
        RemoteError::NotASigner {
            path: self.path.clone(),
            reason: "it answered another question".to_owned(),
        }
    }

    fn failure(&self, error: FrameError) -> RemoteError {
        let path = self.path.clone();
        match error {
            FrameError::Closed => RemoteError::Closed { path },
            FrameError::TimedOut => RemoteError::TimedOut {
                path,
                time: self.time,
            },
            FrameError::Garbage(reason) => RemoteError::NotASigner { path, reason },
            FrameError::Io(source) => RemoteError::Io { path, source },
        }
    }
}

impl Sign for RemoteSigner {
    fn public_key(&self) -> PublicKey {
        self.key
    }

    fn chain(&self) -> GenesisHash {
        self.chain
    }

    fn sign_vote(&self, vote: &Vote) -> Result<Signature, SignError> {
        self.signature(&Request::Vote(*vote), vote.sign_hash())
    }

    fn sign_proposal(&self, proposal: &Proposal) -> Result<Signature, SignError> {
        self.signature(&Request::Proposal(*proposal), proposal.sign_hash())
    }

    fn sign_parts(&self, parts: &ProposalParts) -> Result<Signature, SignError> {
        self.signature(&Request::Parts(*parts), parts.sign_hash())
    }

    fn sign_peer(&self, proof: &PeerProof) -> Result<Signature, SignError> {
        self.signature(&Request::Peer(proof.clone()), proof.sign_hash())
    }

    fn mark(&self) -> Result<Option<Mark>, SignError> {
        match self.ask(&Request::Mark)? {
            Answer::Mark(mark) => Ok(mark),
            Answer::Refusal(refusal) => Err(refusal.into()),
            Answer::Signature(_) => Err(self.wrong_answer().into()),
        }
    }
}

impl fmt::Debug for RemoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteSigner")
            .field("path", &self.path)
            .field("key", &self.key)
            .field("chain", &self.chain)
            .finish_non_exhaustive()
    }
}
