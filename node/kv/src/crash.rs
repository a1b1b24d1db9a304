//! Crash points: named places on the way of a block to the disk where a test ends the process.
//!
//! Always: nothing of them is in an optimised build, and without a test's setting they do nothing.
//! Not here: what happens at one, and who asks for it (`argosyd`, in `crash.rs`).

/// A place where a test may end this process (crate `fail`). Compiled into builds with debug
/// assertions only.
#[macro_export]
macro_rules! crash_point {
    ($name:literal) => {
        #[cfg(debug_assertions)]
        $crate::fail::fail_point!($name);
    };
}
