//! Crash points of tests: `CRASH_POINT=NAME[:N]` ends the process when it comes to a place for the
//! Nth time, as a kill would; `FAILPOINTS=NAME=panic` makes it panic there (crate `fail`).
//!
//! Always: builds without debug assertions hold nothing of this.

use std::process::abort;
use std::sync::atomic::{AtomicU64, Ordering};

use argosy_kv::fail::{FailScenario, cfg_callback};

/// Sets what the environment asks for; it holds as long as the value lives.
pub(crate) fn setup() -> FailScenario<'static> {
    let scenario = FailScenario::setup();
    if let Ok(text) = std::env::var("CRASH_POINT") {
        let (name, nth) = match text.rsplit_once(':') {
            Some((name, nth)) if !name.ends_with(':') => (name, nth.parse().ok()),
            Some(_) | None => (text.as_str(), Some(1)),
        };
        let nth: u64 = nth.expect("CRASH_POINT is NAME or NAME:N");
        let passed = AtomicU64::new(0);
        let pass = move || {
            if passed.fetch_add(1, Ordering::Relaxed) + 1 == nth {
                abort();
            }
        };
        cfg_callback(name, pass).expect("a callback can always be set");
    }
    scenario
}
