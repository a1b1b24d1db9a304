//! Asks a signer in another process.
//!
//! Invariant: a signature is handed on only if it is the right key's over the right hash. A
//! connection that failed is not used again; the next call makes a new one.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use argosy_primitives::{
    GenesisHash, Hash32, PeerProof, Proposal, ProposalParts, PublicKey, Signature, Vote,
};

use super::stream::{Stream, UnixWay, Way};
use super::wire::{self, Answer, FrameError, Hello, MAGIC, Request, VERSION};
use crate::{Mark, Sign, SignError};

/// Why a remote signer could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// Nobody listens there, or we may not connect.
    #[error("cannot connect to the signer at {place}: is it running?")]
    Unreachable {
        /// Where it is.
        place: String,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// It hung up.
    #[error("the signer at {place} closed the connection: it has stopped, or has too many clients")]
    Closed {
        /// Where it is.
        place: String,
    },
    /// No answer in time.
    #[error("the signer at {place} did not answer within {time:?}")]
    TimedOut {
        /// Where it is.
        place: String,
        /// How long we waited.
        time: Duration,
    },
    /// Something else listens there.
    #[error("what listens at {place} is not a signer: {reason}")]
    NotASigner {
        /// Where it is.
        place: String,
        /// What is wrong with its words.
        reason: String,
    },
    /// It speaks another version.
    #[error("the signer at {place} speaks version {found}, we speak {own}: update the older one")]
    OtherVersion {
        /// Where it is.
        place: String,
        /// Its version.
        found: u16,
        /// Ours.
        own: u16,
    },
    /// It signs for another chain.
    #[error("the signer at {place} is for chain {found}, not {expected}")]
    OtherChain {
        /// Where it is.
        place: String,
        /// Its chain.
        found: GenesisHash,
        /// Ours.
        expected: GenesisHash,
    },
    /// It signs with another key.
    #[error("the signer at {place} has key {found}, not {expected}")]
    OtherKey {
        /// Where it is.
        place: String,
        /// Its key.
        found: PublicKey,
        /// Ours.
        expected: PublicKey,
    },
    /// It gave a signature that does not hold.
    #[error("the signer at {place} gave a signature that does not hold")]
    BadSignature {
        /// Where it is.
        place: String,
    },
    /// The system failed.
    #[error("the connection to the signer at {place} failed")]
    Io {
        /// Where it is.
        place: String,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
}

/// A signer in another process. Calls are made one after the other.
pub struct RemoteSigner {
    way: Box<dyn Way>,
    key: PublicKey,
    chain: GenesisHash,
    time: Duration,
    connection: Mutex<Option<Box<dyn Stream>>>,
}

impl RemoteSigner {
    /// Connects by a Unix socket, as [`RemoteSigner::connect_by`] does.
    pub fn connect(
        path: &Path,
        key: PublicKey,
        chain: GenesisHash,
        time: Duration,
    ) -> Result<RemoteSigner, RemoteError> {
        let way = Box::new(UnixWay(path.to_owned()));
        RemoteSigner::connect_by(way, key, chain, time)
    }

    /// Connects, and checks that the signer has this key and is for this chain.
    ///
    /// `time` is how long any hello or answer may take; the signer syncs its disk for each.
    pub fn connect_by(
        way: Box<dyn Way>,
        key: PublicKey,
        chain: GenesisHash,
        time: Duration,
    ) -> Result<RemoteSigner, RemoteError> {
        let signer = RemoteSigner {
            way,
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
            match self.exchange(&mut *stream, request) {
                Ok(answer) => {
                    *connection = Some(stream);
                    return Ok(answer);
                }
                Err(FrameError::Closed) => {}
                Err(error) => return Err(self.failure(error).into()),
            }
        }
        let mut stream = self.dial()?;
        let answer = (self.exchange(&mut *stream, request)).map_err(|error| self.failure(error))?;
        *connection = Some(stream);
        Ok(answer)
    }

    fn exchange(&self, stream: &mut dyn Stream, request: &Request) -> Result<Answer, FrameError> {
        wire::send(stream, request, self.time)?;
        wire::receive(stream, self.time, self.time)
    }

    fn dial(&self) -> Result<Box<dyn Stream>, RemoteError> {
        let place = || self.way.place();
        let dialled = self.way.dial(self.time);
        let mut stream = dialled.map_err(|source| RemoteError::Unreachable {
            place: place(),
            source,
        })?;
        let own = Hello::new(self.chain, self.key);
        let theirs = wire::send(&mut *stream, &own, self.time)
            .and_then(|()| wire::receive::<Hello>(&mut *stream, self.time, self.time))
            .map_err(|error| self.failure(error))?;
        if theirs.magic != MAGIC {
            return Err(RemoteError::NotASigner {
                place: place(),
                reason: "it does not begin as one".to_owned(),
            });
        }
        if theirs.version != VERSION {
            return Err(RemoteError::OtherVersion {
                place: place(),
                found: theirs.version,
                own: VERSION,
            });
        }
        if theirs.chain != self.chain {
            return Err(RemoteError::OtherChain {
                place: place(),
                found: theirs.chain,
                expected: self.chain,
            });
        }
        if theirs.key != self.key {
            return Err(RemoteError::OtherKey {
                place: place(),
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
                        place: self.way.place(),
                    })),
                }
            }
            Answer::Refusal(refusal) => Err(refusal.into()),
            Answer::Mark(_) => Err(self.wrong_answer().into()),
        }
    }

    fn wrong_answer(&self) -> RemoteError {
        RemoteError::NotASigner {
            place: self.way.place(),
            reason: "it answered another question".to_owned(),
        }
    }

    fn failure(&self, error: FrameError) -> RemoteError {
        let place = self.way.place();
        match error {
            FrameError::Closed => RemoteError::Closed { place },
            FrameError::TimedOut => RemoteError::TimedOut {
                place,
                time: self.time,
            },
            FrameError::Garbage(reason) => RemoteError::NotASigner { place, reason },
            FrameError::Io(source) => RemoteError::Io { place, source },
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
            .field("place", &self.way.place())
            .field("key", &self.key)
            .field("chain", &self.chain)
            .finish_non_exhaustive()
    }
}
