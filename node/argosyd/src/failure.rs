//! What can go wrong, and the exit code that tells it to scripts and service managers.
//!
//! Always: a message says what, where and what to do; a code, once released, keeps its meaning.

use std::fmt;
use std::process::ExitCode;

use argosy_chain::{Cause, ChainError};
use argosy_driver::{DriverFault, FaultKind};
use argosy_rpc::StartError;
use argosy_store::{MEND, OpenError};

/// How the daemon ends when it does not end well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing of what follows.
    Other = 1,
    /// The command line or the configuration: change it.
    Usage = 2,
    /// The data directory: another chain's, another release's, damaged, or in use.
    Directory = 3,
    /// An address to listen on is taken or not ours.
    Listen = 4,
    /// The disk: full, read-only, or not ours to write on.
    Disk = 5,
    /// The node stopped itself, since it could not trust itself any more. Read the log first.
    Fault = 6,
}

/// The codes, for `--help`.
pub(crate) const EXIT_CODES: &str = "\
Exit codes: 0 stopped as asked, 1 failed, 2 wrong usage or configuration, 3 data directory of another \
chain or release, damaged, or in use, 4 address taken, 5 disk full, read-only or not writable, \
6 the node stopped itself (fault: read the log before you start it again).";

/// A failure with its exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl fmt::Display) -> Failure {
        Failure {
            exit,
            message: message.to_string(),
        }
    }

    pub(crate) fn other(error: impl Into<anyhow::Error>) -> Failure {
        Failure::new(Exit::Other, format!("{:#}", error.into()))
    }

    #[cfg(test)]
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// On stderr, for people.
    pub(crate) fn print(&self) {
        use std::io::Write;
        // Who closed stderr does not want to know.
        let _ = writeln!(std::io::stderr(), "error: {}", self.message);
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit as u8)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Failure {
        let exit = match &error {
            OpenError::Denied { .. } | OpenError::NoSpace(_) => Exit::Disk,
            OpenError::NotADirectory(_)
            | OpenError::Missing(_)
            | OpenError::HasDatabase(_)
            | OpenError::Restoring { .. }
            | OpenError::NoBackups(_)
            | OpenError::NoBackup { .. }
            | OpenError::DamagedBackup { .. }
            | OpenError::InUse { .. }
            | OpenError::Foreign { .. }
            | OpenError::Newer { .. }
            | OpenError::Older { .. }
            | OpenError::Damaged { .. }
            | OpenError::Other { .. } => Exit::Directory,
        };
        Failure::new(exit, error)
    }
}

impl From<ChainError> for Failure {
    fn from(error: ChainError) -> Failure {
        let exit = match (&error, error.cause()) {
            (_, Some(Cause::NoSpace | Cause::Denied)) => Exit::Disk,
            (_, Some(Cause::Damaged)) => Exit::Directory,
            (
                ChainError::WrongChain { .. }
                | ChainError::Schema { .. }
                | ChainError::Retention { .. },
                _,
            ) => Exit::Directory,
            (_, Some(Cause::TooMuch | Cause::Beneath | Cause::Other) | None) => Exit::Other,
        };
        let hint = error.cause().map_or_else(String::new, hint);
        let error = anyhow::Error::new(error);
        Failure::new(exit, format!("{error:#}{hint}"))
    }
}

impl Failure {
    /// Something could not be done since the database failed.
    pub(crate) fn database(cause: Cause, error: impl Into<anyhow::Error>) -> Failure {
        let exit = match cause {
            Cause::NoSpace | Cause::Denied => Exit::Disk,
            Cause::Damaged => Exit::Directory,
            Cause::TooMuch | Cause::Beneath | Cause::Other => Exit::Other,
        };
        Failure::new(exit, format!("{:#}{}", error.into(), hint(cause)))
    }
}

/// What helps.
fn hint(cause: Cause) -> String {
    match cause {
        Cause::Denied => format!("; {DENIED}"),
        Cause::NoSpace => "; free some space, then start again: nothing is lost".into(),
        Cause::Damaged => damaged(),
        Cause::TooMuch | Cause::Beneath | Cause::Other => String::new(),
    }
}

/// What to do about bytes on disk that are not those that were written.
fn damaged() -> String {
    format!("; the directory is damaged: {MEND}")
}

/// What helps where the disk refuses.
const DENIED: &str = "look at the disk (dmesg) and whether the file system is writable, then start again: every \
     committed block is whole";

impl From<StartError> for Failure {
    fn from(error: StartError) -> Failure {
        match error {
            StartError::Listen { address, source } => not_listening("rpc.listen", address, &source),
            StartError::Config(error) => Failure::new(Exit::Usage, error),
            StartError::Tls => Failure::new(Exit::Usage, error),
        }
    }
}

/// An address that cannot be had.
pub(crate) fn not_listening(
    key: &str,
    address: std::net::SocketAddr,
    source: &std::io::Error,
) -> Failure {
    Failure::new(
        Exit::Listen,
        format!(
            "cannot listen on {address}: {source}; is another node running? set {key}, or shift all ports with --instance 1"
        ),
    )
}

impl From<&DriverFault> for Failure {
    fn from(fault: &DriverFault) -> Failure {
        let (exit, hint) = match fault.kind {
            FaultKind::NoSpace => (
                Exit::Disk,
                "; free some space, then start again: every committed block is whole".into(),
            ),
            FaultKind::Denied => (Exit::Disk, format!("; {DENIED}")),
            FaultKind::Damaged => (Exit::Directory, damaged()),
            FaultKind::Divergence | FaultKind::Panicked | FaultKind::Other => (
                Exit::Fault,
                "; nothing committed is lost; keep the log and the directory, and report this"
                    .into(),
            ),
        };
        Failure::new(exit, format!("the node has stopped itself: {fault}{hint}"))
    }
}
