//! `Cargo.lock` before and after cargo ran: other versions than those that were tested come in by no word of ours.
//!
//! Not here: a build that may not change it at all (`--locked`, in `build`).

use std::path::{Path, PathBuf};

use super::lock::{FILE, FILE_BYTES_MAX, Lock};
use super::sdk::short_text;
use crate::output::Output;

/// Changes that are named one by one.
const SHOWN_MAX: usize = 8;

/// The lock as it was.
pub(super) struct LockWatch {
    path: PathBuf,
    before: Option<String>,
}

impl LockWatch {
    /// Looks at the lock of the workspace with this root.
    pub(super) fn begin(root: &Path) -> LockWatch {
        let path = root.join(FILE);
        let before = short_text(&path, FILE_BYTES_MAX);
        LockWatch { path, before }
    }

    /// Says what cargo made of it.
    pub(super) fn tell(&self, output: Output) {
        if let Some(text) = self.change() {
            output.warning(text);
        }
    }

    /// What is to be said; nothing where it is as it was.
    fn change(&self) -> Option<String> {
        let after = short_text(&self.path, FILE_BYTES_MAX)?;
        let Some(before) = &self.before else {
            return Some(format!(
                "there was no {FILE}: cargo wrote one, with the newest versions that fit; keep it with the sources"
            ));
        };
        if after == *before {
            return None;
        }
        let lines = match (Lock::parse(before), Lock::parse(&after)) {
            (Ok(before), Ok(after)) => before.changes(&after),
            _ => Vec::new(),
        };
        let left = lines.len().saturating_sub(SHOWN_MAX);
        let left = (left > 0).then(|| format!("and {left} more"));
        let shown: Vec<String> = lines.into_iter().take(SHOWN_MAX).chain(left).collect();
        let shown = match shown.is_empty() {
            true => "who needs whom".to_owned(),
            false => shown.join(", "),
        };
        Some(format!(
            "cargo changed {FILE} ({shown}), since the manifests ask for other than it had; look at it, and keep it with the sources"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::pins;
    use super::super::sdk::Sources;
    use super::*;

    #[test]
    fn a_change_of_the_lock_is_told() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(FILE);
        let nothing = LockWatch::begin(root.path());
        assert_eq!(nothing.change(), None, "there is none before and after");
        let text = pins::of_new("coin", &Sources::Ours).unwrap().text();
        std::fs::write(&path, &text).unwrap();
        let told = nothing.change().unwrap();
        assert!(told.contains("there was no Cargo.lock"), "{told}");
        let watch = LockWatch::begin(root.path());
        assert_eq!(watch.change(), None);
        let more = format!("{text}\n[[package]]\nname = \"zz\"\nversion = \"1.2.3\"\n");
        std::fs::write(&path, more).unwrap();
        let told = watch.change().unwrap();
        assert!(told.contains("(+ zz 1.2.3)"), "{told}");
        std::fs::write(&path, text.replace(" \"argosy-vm-abi\",\n", "")).unwrap();
        let told = watch.change().unwrap();
        assert!(told.contains("(who needs whom)"), "{told}");
        let many: String = (0..20)
            .map(|it| format!("\n[[package]]\nname = \"z{it}\"\nversion = \"1.0.0\"\n"))
            .collect();
        std::fs::write(&path, text + &many).unwrap();
        assert!(watch.change().unwrap().contains("and 12 more"));
    }
}
