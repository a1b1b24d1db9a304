//! The transaction that is being executed, for whoever finds the executing thread dead.
//!
//! A panic of the host is a failed node, not a failed transaction. The transaction that ran then is
//! likely its cause; this remembers which one it was.
//! Not here: what is done about it (`driver`, `replica`).

use std::sync::{Arc, Mutex, PoisonError};

use argosy_executor::{ApplyError, BlockExecutor};
use argosy_kv::crash_point;
use argosy_primitives::{TxId, VerifiedTransaction};

/// Names the transaction that a chain is executing. Clones watch the same chain.
#[derive(Clone, Debug, Default)]
pub struct Running(Arc<Mutex<Option<TxId>>>);

impl Running {
    /// The transaction that is being executed, or during which the chain's thread panicked.
    pub fn id(&self) -> Option<TxId> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies `tx`, and remembers it as long as that takes.
    pub(crate) fn apply(
        &self,
        executor: &mut BlockExecutor<'_>,
        tx: &VerifiedTransaction,
    ) -> Result<(), ApplyError> {
        self.set(Some(tx.id()));
        crash_point!("execute::transaction");
        let applied = executor.apply(tx).map(|_| ());
        self.set(None);
        applied
    }

    fn set(&self, id: Option<TxId>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = id;
    }
}
