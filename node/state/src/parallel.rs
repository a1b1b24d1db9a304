//! Two things at once, on the two cores that a node has.
//!
//! Always: what comes out is what one after the other would give. Both run to their end.
//! Not here: whether it pays; a thread costs about 50 µs.

use std::thread;

/// Runs `first` here and `second` on another thread.
pub(crate) fn both<A, B: Send>(
    first: impl FnOnce() -> A,
    second: impl Fn() -> B + Send + Sync,
) -> (A, B) {
    thread::scope(|scope| {
        let builder = thread::Builder::new().name("state".into());
        let spawned = builder.spawn_scoped(scope, &second);
        let first = first();
        let second = match spawned.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(second)) => second,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => second(), // The system refuses a thread.
        };
        (first, second)
    })
}
