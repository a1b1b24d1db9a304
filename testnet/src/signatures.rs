//! Reads the logs of all lives of all nodes: what was signed, and what went wrong.
//!
//! A node says every signature that binds, with target `signed`, before it leaves. So whatever left,
//! also in the moment of a kill, stands in a log; a line that a kill cut off tells of none that left.
//!
//! Rules: no key signs two things in one place; whatever was decided was signed by enough keys, or
//! the logs would not be whole; no node panics or stops itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use argosy_primitives::Height;
use serde::Deserialize;

use crate::book::Finding;

/// What a node has to log for this, as JSON.
pub(crate) const LOG_FILTER: &str = "warn,node=info,consensus=info,signed=debug";

/// A signature, as its line says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Signed {
    target: String,
    key: String,
    pub(crate) height: Height,
    round: u32,
    step: String,
    sign_hash: String,
}

/// One place for one signature: key, height, round, step.
type Place = (String, Height, u32, String);

/// All signatures of a network.
#[derive(Debug, Default)]
pub(crate) struct Signatures {
    by_place: BTreeMap<Place, String>,
}

impl Signed {
    /// The signature of a line, if it tells of one.
    pub(crate) fn of(line: &str) -> Option<Signed> {
        // Most lines of a long log are these; whatever else has the word is told apart below.
        let signed = line
            .contains("\"signed\"")
            .then(|| serde_json::from_str(line));
        let signed: Signed = signed?.ok()?;
        (signed.target == "signed").then_some(signed)
    }
}

impl Signatures {
    /// Notes all signatures of a log, or finds two that contradict each other.
    pub(crate) fn read(&mut self, log: &Path) -> Result<()> {
        for line in text(log)?.lines() {
            if let Some(signed) = Signed::of(line) {
                self.note(signed)?;
            }
        }
        Ok(())
    }

    fn note(&mut self, signed: Signed) -> Result<(), Finding> {
        let place = (signed.key, signed.height, signed.round, signed.step);
        let before = self.by_place.get(&place);
        if let Some(before) = before.filter(|it| **it != signed.sign_hash) {
            return Err(Finding {
                rule: "no key signs two things in one place",
                what: format!("{place:?}: {before} and {}", signed.sign_hash),
            });
        }
        self.by_place.insert(place, signed.sign_hash);
        Ok(())
    }

    /// Places with a signature.
    pub(crate) fn count(&self) -> u64 {
        self.by_place.len() as u64
    }

    /// Every height up to this one was decided by at least so many keys.
    pub(crate) fn check_decided(&self, height: Height, keys_min: usize) -> Result<(), Finding> {
        let mut voters: BTreeMap<Height, BTreeSet<&str>> = BTreeMap::new();
        for (key, height, _, step) in self.by_place.keys() {
            if step == "precommit" {
                voters.entry(*height).or_default().insert(key);
            }
        }
        let voted = |height| voters.get(&height).map_or(0, BTreeSet::len);
        match (1..=height).find(|it| voted(*it) < keys_min) {
            None => Ok(()),
            Some(height) => Err(Finding {
                rule: "the logs have every signature",
                what: format!(
                    "block {height} was decided, and {} keys signed for it",
                    voted(height)
                ),
            }),
        }
    }
}

/// No life may have complained about itself.
pub(crate) fn check_complaints(log: &Path) -> Result<()> {
    check_no(log, &["panicked", "stopped itself"])
}

/// No life may have panicked, whatever was done to it.
pub(crate) fn check_panics(log: &Path) -> Result<()> {
    check_no(log, &["panicked"])
}

fn check_no(log: &Path, words: &[&str]) -> Result<()> {
    let text = text(log)?;
    let mut lines = text.lines();
    match lines.find(|line| words.iter().any(|it| line.contains(it))) {
        None => Ok(()),
        Some(line) => bail!(Finding {
            rule: "a fault from outside is no reason to fail",
            what: format!("{}: {line}", log.display()),
        }),
    }
}

fn text(log: &Path) -> Result<String> {
    let bytes = std::fs::read(log).with_context(|| format!("cannot read {}", log.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(key: &str, height: u64, step: &str, hash: &str) -> String {
        format!(
            r#"{{"timestamp":"now","level":"DEBUG","message":"gives a signature","key":"{key}","height":{height},"round":0,"step":"{step}","sign_hash":"{hash}","target":"signed"}}"#
        )
    }

    #[track_caller]
    fn check(lines: &[String], is_fine: bool) {
        let mut all = Signatures::default();
        let mut noted = lines.iter().filter_map(|it| Signed::of(it));
        let noted: Result<(), Finding> = noted.try_for_each(|it| all.note(it));
        assert_eq!(noted.is_ok(), is_fine, "{noted:?}");
    }

    #[test]
    fn the_same_may_be_signed_again_and_nothing_else_in_its_place() {
        let first = line("a", 7, "prevote", "0x01");
        check(&[first.clone(), first.clone()], true);
        check(&[first.clone(), line("b", 7, "prevote", "0x02")], true);
        check(&[first.clone(), line("a", 8, "prevote", "0x02")], true);
        check(&[first.clone(), line("a", 7, "precommit", "0x02")], true);
        check(&[first, line("a", 7, "prevote", "0x02")], false);
    }

    #[test]
    fn a_line_that_was_cut_off_and_one_that_quotes_another_tell_of_no_signature() {
        let whole = line("a", 7, "prevote", "0x01");
        assert!(Signed::of(&whole).is_some());
        assert_eq!(Signed::of(&whole[..whole.len() - 1]), None);
        assert_eq!(
            Signed::of(&whole.replace("\"target\":\"signed\"", "\"target\":\"rpc\"")),
            None
        );
    }

    #[test]
    fn logs_that_lack_signatures_are_found() {
        let mut all = Signatures::default();
        for key in ["a", "b", "c"] {
            all.note(Signed::of(&line(key, 1, "precommit", "0x01")).unwrap())
                .unwrap();
        }
        assert!(all.check_decided(1, 3).is_ok());
        assert!(all.check_decided(1, 4).is_err() && all.check_decided(2, 3).is_err());
    }
}
