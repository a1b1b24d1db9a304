//! Where a module comes from: what `argosy build` writes into it, and how that is shown.
//!
//! A verifiable build names only what anybody gets who builds the same: the commit if the files are those of the
//! commit, and no flags of the caller's environment, which it does not use. Nothing that is written names a place
//! on this machine.

use std::path::Path;
use std::process::{Command, Stdio};

use argosy_vm_abi::{SOURCE_SECTION, Source, custom_sections};
use serde_json::{Value, json};

use super::cargo::{Workspace, compiler};
use super::parts::{with_custom, without};
use crate::output::Report;

/// Characters of a commit that people are shown.
const COMMIT_SHOWN: usize = 12;
/// By these git takes another repository for the one around a folder; its own hooks set them.
const ELSEWHERE: [&str; 7] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
];

/// What is known of a build.
pub(super) fn of_build(
    workspace: &Workspace,
    package: &str,
    folder: &Path,
    is_verifiable: bool,
) -> Source {
    let commit = commit(folder).filter(|_| is_kept(&workspace.root, is_verifiable));
    let is_dirty = commit.as_ref().and_then(|_| is_dirty(&workspace.root));
    let is_reproducible = !is_verifiable || is_dirty == Some(false);
    let flags = match is_verifiable {
        true => Vec::new(),
        false => {
            let [encoded, plain] = ["CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"].map(std::env::var);
            flags(encoded.ok(), plain.ok())
        }
    };
    Source {
        repository: plain(workspace.repository(package)),
        commit: commit.filter(|_| is_reproducible),
        is_dirty: is_dirty.filter(|_| is_reproducible),
        toolchain: plain(compiler(folder)),
        flags,
        sdk: plain(workspace.sdk_version(folder)),
        is_verifiable,
    }
}

/// The module with this section in place of any that it has.
pub(super) fn with_source(code: &[u8], source: &Source) -> Vec<u8> {
    let bare = bare(code);
    match source.to_section() {
        Ok(section) => with_custom(&bare, SOURCE_SECTION, &section),
        // Too many long flags: better no word than half of them.
        Err(_) => bare,
    }
}

/// The module without the section.
pub(super) fn bare(code: &[u8]) -> Vec<u8> {
    without(code, |it| it.is_custom(SOURCE_SECTION))
}

/// Bytes of the section in a module, whatever they are.
pub(in crate::commands) fn section_of(code: &[u8]) -> Option<Vec<u8>> {
    custom_sections(code, SOURCE_SECTION)
}

/// What a module of somebody's says of itself, under words that say so: nobody has looked whether it holds.
pub(in crate::commands) fn claims(report: Report, code: &[u8]) -> Report {
    match section_of(code) {
        Some(_) => rows(report.heading("What the module says of itself"), code),
        None => report,
    }
}

/// What a module says of where it comes from, in lines.
pub(super) fn rows(report: Report, code: &[u8]) -> Report {
    let Some(section) = section_of(code) else {
        return report;
    };
    match Source::parse(&section) {
        Ok(source) => told(report, &source),
        Err(error) => report.row("source", format!("cannot be read: {error}")),
    }
}

fn told(report: Report, source: &Source) -> Report {
    report
        .row_if("repository", source.repository.as_ref())
        .row_if("commit", commit_text(source))
        .row_if("toolchain", source.toolchain.as_ref())
        .row_if(
            "flags",
            (!source.flags.is_empty()).then(|| source.flags.join(" ")),
        )
        .row_if("SDK", source.sdk.as_ref())
        .row(
            "verifiable",
            if source.is_verifiable { "yes" } else { "no" },
        )
}

/// The same for programs; `null`: nothing that can be read.
pub(in crate::commands) fn document(code: &[u8]) -> Value {
    match section_of(code).map(|it| Source::parse(&it)) {
        Some(Ok(source)) => json!({
            "repository": source.repository,
            "commit": source.commit,
            "dirty": source.is_dirty,
            "toolchain": source.toolchain,
            "flags": source.flags,
            "sdk": source.sdk,
            "verifiable": source.is_verifiable,
        }),
        _ => Value::Null,
    }
}

/// A commit for people, with whether the files were its own.
pub(in crate::commands) fn commit_text(source: &Source) -> Option<String> {
    let commit = source.commit.as_deref()?;
    let short = commit.get(..COMMIT_SHOWN).unwrap_or(commit);
    Some(match source.is_dirty {
        Some(false) => short.to_owned(),
        Some(true) => format!("{short}, with changes"),
        None => format!("{short}, perhaps with changes"),
    })
}

/// The commit that is checked out around a folder.
pub(in crate::commands) fn commit(folder: &Path) -> Option<String> {
    let words = git(folder, &["rev-parse", "--verify", "HEAD"])?;
    let commit = words.trim();
    let is_commit =
        (40..=64).contains(&commit.len()) && commit.bytes().all(|it| it.is_ascii_hexdigit());
    is_commit.then(|| commit.to_owned())
}

/// Whether the commit around a folder has the sources in it, and not only a folder that it leaves out; of a
/// verifiable build also `Cargo.lock`, without which nobody builds the same.
fn is_kept(root: &Path, is_verifiable: bool) -> bool {
    let mut words = vec!["ls-files", "--error-unmatch", "--", "Cargo.toml"];
    if is_verifiable {
        words.push("Cargo.lock");
    }
    git(root, &words).is_some()
}

/// Whether files under a folder are other than the commit's.
fn is_dirty(folder: &Path) -> Option<bool> {
    // Whatever the user wants to be told of.
    let words = [
        "status",
        "--porcelain",
        "--untracked-files=normal",
        "--ignore-submodules=none",
        "--",
        ".",
    ];
    let words = git(folder, &words)?;
    Some(!words.trim().is_empty())
}

/// What git says; `None` where there is no git, or no repository.
fn git(folder: &Path, words: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    for name in ELSEWHERE {
        command.env_remove(name);
    }
    let asked = command
        // A repository may name a program that is to watch its files.
        .args(["-c", "core.fsmonitor=false"])
        .args(words)
        .current_dir(folder)
        // Looking changes nothing, also where somebody else looks at the same time.
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let words = asked.status.success().then_some(asked.stdout)?;
    Some(String::from_utf8_lossy(&words).into_owned())
}

/// Flags of the environment, but those that name places. Cargo takes the encoded ones instead of the others.
fn flags(encoded: Option<String>, plain: Option<String>) -> Vec<String> {
    let plain = plain.unwrap_or_default();
    let words: Vec<&str> = match &encoded {
        Some(encoded) => encoded.split('\x1f').collect(),
        None => plain.split_whitespace().collect(),
    };
    let mut flags: Vec<String> = Vec::new();
    for word in words {
        let is_key = |it: &String| !it.contains('=');
        if !word.contains(['/', '\\']) && Source::is_text(word) {
            flags.push(word.to_owned());
        } else if !word.starts_with('-') && flags.last().is_some_and(is_key) {
            // A place behind its key, such as `-C linker=…`.
            flags.pop();
        }
    }
    flags
}

/// A text that may stand in a section.
fn plain(text: Option<String>) -> Option<String> {
    text.filter(|it| Source::is_text(it))
}

#[cfg(test)]
mod tests {
    use crate::output::Paint;

    use super::*;

    fn source() -> Source {
        Source {
            repository: Some("https://example.org/coin".to_owned()),
            commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
            is_dirty: Some(true),
            toolchain: Some("rustc 1.96.0".to_owned()),
            flags: vec!["-Ctarget-cpu=mvp".to_owned()],
            sdk: None,
            is_verifiable: false,
        }
    }

    fn counter() -> Vec<u8> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/artifacts");
        std::fs::read(Path::new(folder).join("counter.wasm")).unwrap()
    }

    #[test]
    fn a_module_says_where_it_comes_from_and_the_chain_takes_it() {
        let code = with_source(&counter(), &source());
        let text = rows(Report::default(), &code).text(Paint::none());
        for words in [
            "https://example.org/coin",
            "0123456789ab, with changes",
            "rustc 1.96.0",
            "-Ctarget-cpu=mvp",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains("SDK"), "{text}");
        assert_eq!(document(&code)["dirty"], true);
        let facts = super::super::module::Checker::new().facts(&code).unwrap();
        assert!(facts.abi.is_some());
        // A second one takes the place of the first; without it the module is as it was.
        let other = Source::default();
        assert_eq!(with_source(&code, &other), with_source(&counter(), &other));
        assert_eq!(bare(&code), counter());
    }

    #[test]
    fn a_module_without_it_and_one_that_lies_are_no_trouble() {
        assert_eq!(rows(Report::default(), &counter()).text(Paint::none()), "");
        assert_eq!(document(&counter()), Value::Null);
        let broken = with_custom(&counter(), SOURCE_SECTION, b"\x01\xff");
        let text = rows(Report::default(), &broken).text(Paint::none());
        assert!(text.contains("cannot be read"), "{text}");
        assert_eq!(document(&broken), Value::Null);
    }

    #[test]
    fn nothing_names_a_place_on_this_machine() {
        let given = "-Copt-level=3 -Clinker=/opt/lld --remap-path-prefix=C:\\x=y";
        let given = Some(given.to_owned());
        assert_eq!(flags(None, given.clone()), ["-Copt-level=3"]);
        assert_eq!(flags(None, None), Vec::<String>::new());
        // Cargo takes these instead, and a key goes with its place.
        let encoded = "-C\x1flinker=/opt/lld\x1f--cfg\x1ffeature=\"a b\"";
        let expected = ["--cfg", "feature=\"a b\""];
        assert_eq!(flags(Some(encoded.to_owned()), given), expected);
    }

    #[test]
    fn a_commit_is_told_where_there_is_one() {
        let place = tempfile::tempdir().unwrap();
        // A repository around the folder for temporary files would be found, too.
        let run = |words: &[&str]| git(place.path(), words);
        if run(&["init", "--quiet"]).is_none() {
            return; // There is no git here.
        }
        assert_eq!(commit(place.path()), None);
        run(&["config", "status.showUntrackedFiles", "no"]).unwrap();
        std::fs::write(place.path().join("a"), "one").unwrap();
        assert_eq!(is_dirty(place.path()), Some(true));
        let identity = [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b.c",
            "-c",
            "commit.gpgsign=false",
        ];
        run(&["add", "a"]).unwrap();
        run(&[&identity[..], &["commit", "--quiet", "-m", "one"]].concat()).unwrap();
        assert_eq!(commit(place.path()).map(|it| it.len()), Some(40));
        assert_eq!(is_dirty(place.path()), Some(false));
        std::fs::write(place.path().join("a"), "two").unwrap();
        assert_eq!(is_dirty(place.path()), Some(true));
        // Sources that the repository leaves out are not those of its commit, though nothing is changed.
        let inner = place.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(place.path().join(".gitignore"), "inner\n").unwrap();
        std::fs::write(inner.join("Cargo.toml"), "").unwrap();
        assert_eq!(is_dirty(&inner), Some(false));
        assert!(commit(&inner).is_some() && !is_kept(&inner, false));
        run(&["add", "--force", "inner/Cargo.toml"]).unwrap();
        assert!(is_kept(&inner, false));
        // Without what it is built by nobody builds the same.
        std::fs::write(inner.join("Cargo.lock"), "").unwrap();
        assert!(!is_kept(&inner, true));
        run(&["add", "--force", "inner/Cargo.lock"]).unwrap();
        assert!(is_kept(&inner, true));
    }

    #[cfg(unix)]
    #[test]
    fn a_repository_starts_no_program_of_its_own() {
        let place = tempfile::tempdir().unwrap();
        let run = |words: &[&str]| git(place.path(), words);
        if run(&["init", "--quiet"]).is_none() {
            return; // There is no git here.
        }
        let ran = place.path().join("ran");
        let watcher = format!("touch '{}'; false", ran.display());
        run(&["config", "core.fsmonitor", &watcher]).unwrap();
        assert_eq!(is_dirty(place.path()), Some(false));
        assert!(!ran.exists());
    }
}
