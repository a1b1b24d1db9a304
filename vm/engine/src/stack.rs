//! Room for calls from contract to contract.
//!
//! Each such call nests Rust frames: executor, engine, tier, import. Sixteen deep they need far less
//! than [`STACK_BYTES`] (a test runs them in a small fraction), but compiled code may use 8 MiB in
//! each, and threads of servers and tests come with stacks of unknown size, so that execution
//! brings its own.

use std::cell::Cell;
use std::panic::resume_unwind;
use std::thread;

/// Address space of the stack; memory is used only as far as calls nest.
pub const STACK_BYTES: usize = 256 << 20;

thread_local! {
    static IS_BIG: Cell<bool> = const { Cell::new(false) };
}

/// The system gave no thread.
#[derive(Debug, thiserror::Error)]
#[error("no thread for execution")]
pub struct StackError(#[from] std::io::Error);

/// Runs `work` on a stack that is large enough for any execution, and waits for it. Work that
/// already is on one stays there. A panic of the work goes on here.
pub fn on_big_stack<R: Send>(work: impl FnOnce() -> R + Send) -> Result<R, StackError> {
    if IS_BIG.get() {
        return Ok(work());
    }
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name("execution".into())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || {
                IS_BIG.set(true);
                work()
            })?;
        Ok(thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_work_stays_on_its_thread() {
        let outer = thread::current().id();
        let (first, second) = on_big_stack(|| {
            let first = thread::current().id();
            let second = on_big_stack(|| thread::current().id()).expect("stays");
            (first, second)
        })
        .expect("a thread");
        assert_eq!(first, second);
        assert_ne!(first, outer);
    }

    #[test]
    fn borrows_and_has_room() {
        let mut deepest = 0u64;
        on_big_stack(|| deepest = descend(10_000)).expect("a thread");
        assert_eq!(deepest, 10_000);
    }

    /// Takes a KiB per level: 10 MiB, more than threads have by default.
    fn descend(levels: u64) -> u64 {
        let frame = std::hint::black_box([levels; 128]);
        match levels {
            0 => 0,
            _ => descend(levels - 1) + frame[0] / levels,
        }
    }

    #[test]
    #[should_panic(expected = "as it was")]
    fn a_panic_goes_on_as_it_was() {
        let _ = on_big_stack(|| panic!("as it was"));
    }
}
