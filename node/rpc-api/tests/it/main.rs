//! The JSON of the interface, from outside the crate.

#![allow(clippy::unwrap_used)]

mod checker; // values against schemas
mod debug; // one trace, one profile
mod dev; // what the methods of development chains answer
mod errors; // codes, kinds, facts
mod golden; // the exact JSON of every answer
mod inputs; // what is refused
mod notices; // the exact JSON of what subscriptions tell
mod openrpc; // the document for machines
mod pages; // the pages for people
mod round_trip; // protocol value -> JSON text -> protocol value
mod sample; // one of everything

use std::path::{Path, PathBuf};

/// Compares `text` with a file, named from this crate's folder; writes it instead under `ARGOSY_BLESS=1`.
#[track_caller]
fn check_golden(path: &str, text: &str) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("ARGOSY_BLESS").is_some_and(|it| it == "1") {
        std::fs::write(&path, text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == text,
        "{} differs; if that is wanted, run again with ARGOSY_BLESS=1 and review the change",
        path.display()
    );
}
