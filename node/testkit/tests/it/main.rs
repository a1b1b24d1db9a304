//! Whole runs.

#![allow(clippy::unwrap_used)] // a test may panic

mod misdeeds; // validators that are not honest
mod noticed; // the checks can fail
mod seeds; // fifty seeds, and thousands on demand

/// Which seeds: `ARGOSY_SEEDS=5000` are the first 5 000, `ARGOSY_SEEDS=17..18` is seed 17 alone.
fn asked() -> std::ops::Range<u64> {
    let text = std::env::var("ARGOSY_SEEDS").unwrap_or_else(|_| "50".into());
    let (first, end) = text.split_once("..").unwrap_or(("0", &text));
    first.parse().unwrap()..end.parse().unwrap()
}
