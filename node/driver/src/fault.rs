//! How a driver ends, and what its operator has to do with when that is a fault.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::thread;

use argosy_chain::{Cause, Running};
use argosy_primitives::TxId;
use argosy_replica::ReplicaFault;

/// How a driver ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DriverStopped {
    /// It was asked to.
    Asked,
    /// The replica failed or panicked; the node must not go on.
    Fault(DriverFault),
}

/// Why a replica failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverFault {
    /// What its operator has to do with.
    pub kind: FaultKind,
    /// What happened, with its causes, in one line.
    pub reason: String,
    /// The transaction that was being executed when the replica panicked: likely the reason. A node
    /// that starts again leaves it out of its blocks.
    pub transaction: Option<TxId>,
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The disk is full. What was committed is whole.
    NoSpace,
    /// What the store holds is not what was written.
    Damaged,
    /// The disk cannot be read or written any more. What was committed is whole.
    Denied,
    /// Two executions of one block had different results.
    Divergence,
    /// A bug: the thread panicked.
    Panicked,
    /// Anything else.
    Other,
}

impl FaultKind {
    /// The one spelling for logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            FaultKind::NoSpace => "no_space",
            FaultKind::Damaged => "damaged",
            FaultKind::Denied => "denied",
            FaultKind::Divergence => "divergence",
            FaultKind::Panicked => "panicked",
            FaultKind::Other => "other",
        }
    }
}

impl fmt::Display for DriverFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl DriverStopped {
    /// From the end of the thread; a panic is a fault like any other.
    pub(crate) fn of(
        end: thread::Result<Result<(), DriverFault>>,
        running: &Running,
    ) -> DriverStopped {
        match end {
            Ok(Ok(())) => DriverStopped::Asked,
            Ok(Err(fault)) => DriverStopped::Fault(fault),
            Err(panic) => DriverStopped::Fault(DriverFault::of_panic(panic.as_ref(), running)),
        }
    }

    /// The fault, if it was one.
    pub fn fault(&self) -> Option<&DriverFault> {
        match self {
            DriverStopped::Asked => None,
            DriverStopped::Fault(fault) => Some(fault),
        }
    }
}

impl DriverFault {
    pub(crate) fn of(fault: &ReplicaFault) -> DriverFault {
        let kind = match (fault, fault.cause()) {
            (ReplicaFault::Divergence { .. }, _) => FaultKind::Divergence,
            (ReplicaFault::Chain(_), Some(Cause::NoSpace)) => FaultKind::NoSpace,
            (ReplicaFault::Chain(_), Some(Cause::Damaged)) => FaultKind::Damaged,
            (ReplicaFault::Chain(_), Some(Cause::Denied)) => FaultKind::Denied,
            (
                ReplicaFault::Chain(_),
                Some(Cause::TooMuch | Cause::Beneath | Cause::Other) | None,
            ) => FaultKind::Other,
        };
        DriverFault {
            kind,
            ..DriverFault::other(fault)
        }
    }

    pub(crate) fn other(error: &(dyn Error + 'static)) -> DriverFault {
        DriverFault {
            kind: FaultKind::Other,
            reason: with_causes(error),
            transaction: None,
        }
    }

    fn of_panic(panic: &(dyn Any + Send), running: &Running) -> DriverFault {
        let transaction = running.id();
        let during = transaction.map(|id| format!(" while it ran transaction {id}"));
        DriverFault {
            kind: FaultKind::Panicked,
            reason: format!(
                "the replica panicked{}: {}",
                during.unwrap_or_default(),
                panic_text(panic)
            ),
            transaction,
        }
    }
}

/// An error and its causes in one line, without those that its text holds already.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_chain::ChainError;
    use argosy_kv::{Column, KvError};

    #[test]
    fn names_the_cause_once_and_its_kind() {
        let full = KvError::Commit {
            cause: Cause::NoSpace,
            source: "No space left on device".into(),
        };
        let fault = DriverFault::of(&ReplicaFault::Chain(ChainError::Store(full)));
        assert_eq!(fault.kind, FaultKind::NoSpace);
        assert_eq!(fault.reason.matches("No space left").count(), 1, "{fault}");
        let damaged = KvError::Read {
            column: Column::State,
            cause: Cause::Damaged,
            source: "checksum mismatch".into(),
        };
        let fault = DriverFault::of(&ReplicaFault::Chain(ChainError::Store(damaged)));
        assert_eq!(fault.kind, FaultKind::Damaged);
        assert!(fault.reason.contains("state: checksum mismatch"), "{fault}");
    }

    #[test]
    fn a_panic_is_told_with_its_text() {
        let end = thread::spawn(|| -> Result<(), DriverFault> { panic!("boom {}", 7) }).join();
        let stopped = DriverStopped::of(end, &Running::default());
        let fault = stopped.fault().expect("a fault");
        assert_eq!((fault.kind, fault.transaction), (FaultKind::Panicked, None));
        assert!(fault.reason.ends_with("boom 7"), "{fault}");
    }
}
