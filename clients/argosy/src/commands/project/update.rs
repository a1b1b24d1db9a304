//! `argosy sdk status|update`: the copy of the SDK in the folder of a contract that was made earlier.
//!
//! ```text
//! vendor/argosy        one rename ─► vendor/argosy.old, or gone
//! vendor/.argosy-…/new one rename ─► vendor/argosy
//! Cargo.lock           the SDK's packages as this program's samples have them
//! ```
//!
//! Always: what somebody changed in the copy is not lost, and where a step fails the copy is as it was.
//! Not here: what the contract's own sources have to become; the compiler and the changelog say that.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::json;

use super::cargo::Workspace;
use super::changelog;
use super::lock::{FILE as LOCK_FILE, FILE_BYTES_MAX, Lock};
use super::pins;
use super::record::{CHANGES, Record};
use super::sdk::{SDK, Sources, VENDOR, copy, ours, short_text};
use crate::failure::Failure;
use crate::output::{Output, Report};

/// Edited files, and changes, that people are shown; programs get all.
const SHOWN_MAX: usize = 12;
/// A changelog is shorter.
const CHANGES_BYTES_MAX: u64 = 4 << 20;
/// Copies that were put aside and stay.
const ASIDE_MAX: u32 = 1_000;

/// What is in the folder of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Nothing.
    Missing,
    /// Files without a list that could be read: of an argosy that wrote none, or not of one.
    Unlisted,
    /// Which SDK it is, and a line for each file that was changed since.
    Listed(Record, Vec<String>),
}

impl State {
    fn of(place: &Path) -> Result<State, Failure> {
        if place.symlink_metadata().is_err() {
            return Ok(State::Missing);
        }
        let Some(record) = Record::of_copy(place) else {
            return Ok(State::Unlisted);
        };
        let edits = record.edits(place).map_err(|error| {
            let failure = Failure::failed(format!("cannot read {}: {error}", place.display()));
            failure.hint(
                "what is not the SDK's does not belong there, such as a folder target: remove it",
            )
        })?;
        Ok(State::Listed(record, edits))
    }

    fn label(&self) -> String {
        match self {
            State::Missing => "none".to_owned(),
            State::Unlisted => "not known: the copy has no list of its files".to_owned(),
            State::Listed(record, _) => record.label(),
        }
    }

    fn edits(&self) -> &[String] {
        match self {
            State::Missing | State::Unlisted => &[],
            State::Listed(_, edits) => edits,
        }
    }

    /// Whether it is the SDK of this program, and nobody changed it.
    fn is_ours(&self) -> bool {
        matches!(self, State::Listed(record, edits) if edits.is_empty() && is_same(record))
    }
}

fn is_same(record: &Record) -> bool {
    record.sources() == Record::ours().sources()
}

/// Looks and tells.
pub(super) fn status(folder: &Path) -> Result<Report, Failure> {
    let workspace = Workspace::of(folder)?;
    let sdk = sdk_of(&workspace)?;
    let ours = Record::ours().label();
    if !sdk.ends_with(VENDOR) {
        let shown = sdk.display().to_string();
        let document = json!({"place": shown, "copy": false, "program": ours});
        return Ok(Report::new(document)
            .row("sdk", shown)
            .row("this program", ours)
            .line("The contract uses the SDK of a checkout, which git brings up to date."));
    }
    let state = State::of(sdk)?;
    let document = json!({
        "place": sdk.display().to_string(),
        "copy": true,
        "sdk": state.label(),
        "program": ours,
        "edits": state.edits(),
        "current": state.is_ours(),
    });
    let report = Report::new(document)
        .row("place", sdk.display())
        .row("sdk", state.label())
        .row("this program", ours)
        .row("changed by hand", edited(&state));
    let report = some(state.edits()).fold(report, |report, it| report.line(format!("  {it}")));
    Ok(match state.is_ours() {
        true => report,
        false => report.line(format!("\nNext: argosy sdk update {}", folder.display())),
    })
}

fn edited(state: &State) -> String {
    match (state, state.edits().len()) {
        (State::Unlisted, _) => "not known".to_owned(),
        (_, 0) => "nothing".to_owned(),
        (_, 1) => "1 file".to_owned(),
        (_, count) => format!("{count} files"),
    }
}

/// Some lines, and how many there are besides.
fn some(lines: &[String]) -> impl Iterator<Item = String> {
    let left = lines.len().saturating_sub(SHOWN_MAX);
    let left = (left > 0).then(|| format!("and {left} more"));
    lines.iter().take(SHOWN_MAX).cloned().chain(left)
}

/// Where the SDK of a workspace lies: the root of its checkout, or of the copy.
fn sdk_of(workspace: &Workspace) -> Result<&Path, Failure> {
    workspace.sdk_checkout().ok_or_else(|| {
        let text = format!(
            "no package of {} depends on the folder of {SDK}",
            workspace.root.display()
        );
        let manifest = format!("{SDK} = {{ path = \"{VENDOR}/contracts/sdk\" }}");
        let hint = format!("Cargo.toml of a contract says, below [dependencies]: {manifest}");
        Failure::failed(text).hint(hint)
    })
}

/// Replaces the copy and tells.
pub(super) fn update(folder: &Path, force: bool) -> Result<Report, Failure> {
    let workspace = Workspace::of(folder)?;
    let place = sdk_of(&workspace)?.to_owned();
    if !place.ends_with(VENDOR) {
        let text = format!("the contract uses the SDK in {}", place.display());
        return Err(Failure::failed(format!("{text}, which is no copy of its own")).hint(
            format!("bring that checkout up to date by git; or let Cargo.toml name {VENDOR}/contracts/sdk, and say this again"),
        ));
    }
    let state = State::of(&place)?;
    let to = Record::ours();
    if state.is_ours() {
        // Its versions may be others all the same, such as those of a lock that cargo wrote.
        let lines = NextLock::of(&workspace).write()?;
        let document =
            json!({"updated": false, "from": to.label(), "to": to.label(), "lock": lines});
        let report = Report::new(document).row("sdk", to.label());
        return Ok(locked(report, &lines).line("The copy is that of this program already."));
    }
    check_within(&place, &workspace.root, force)?;
    check(&place, &state, force)?;
    let news = news_since(&place);
    // Read before anything is changed: one that is not understood stays as it is.
    let lock = NextLock::of(&workspace);
    let aside = replace(&place, !is_untouched(&state))?;
    let lines = lock.write().map_err(|failure| {
        failure.hint("the copy of the SDK is the new one; build once, and look at what changed in Cargo.lock")
    })?;
    Ok(told(&place, &state, &to, aside.as_deref(), &lines, &news))
}

/// Whether nothing is lost with it.
fn is_untouched(state: &State) -> bool {
    match state {
        State::Missing => true,
        State::Unlisted => false,
        State::Listed(_, edits) => edits.is_empty(),
    }
}

/// Whether the copy is the workspace's own: a manifest may name that of another contract, or a folder anywhere.
fn check_within(place: &Path, root: &Path, force: bool) -> Result<(), Failure> {
    if force || is_within(place, root) {
        return Ok(());
    }
    let (shown, root) = (place.display(), root.display());
    let text = format!("{shown} lies outside of the workspace {root}");
    Err(Failure::failed(text).hint(
        "update the contract that the copy belongs to; --force replaces it from here, for all that use it",
    ))
}

/// Whether a place that need not be there is in a folder, wherever links on the way lead.
fn is_within(place: &Path, folder: &Path) -> bool {
    let real = |path: &Path| path.ancestors().find_map(|it| it.canonicalize().ok());
    match (place.parent().and_then(real), folder.canonicalize()) {
        (Some(around), Ok(folder)) => around.starts_with(folder),
        _ => false,
    }
}

/// Whether the copy may go.
fn check(place: &Path, state: &State, force: bool) -> Result<(), Failure> {
    let shown = place.display();
    if place.is_symlink() {
        let failure = Failure::failed(format!("{shown} is a link"));
        return Err(failure.hint("update the contract whose copy it leads to, or remove the link"));
    }
    if force || is_untouched(state) {
        return Ok(());
    }
    let failure = match state.edits() {
        [] => Failure::failed(format!(
            "{shown} has no list of its files: it is not known whether somebody changed them"
        )),
        _ => Failure::failed(format!("files in {shown} were changed by hand")),
    };
    let failure = failure.data("edits", state.edits());
    let failure = some(state.edits()).fold(failure, |failure, it| failure.row("file", it));
    Err(failure.hint(format!(
        "what is yours belongs into the contract's own sources; --force replaces the copy and keeps it beside, as {VENDOR}.old"
    )))
}

/// Puts the copy of this program there; where the one before was put, if it is to stay.
fn replace(place: &Path, keeps: bool) -> Result<Option<PathBuf>, Failure> {
    let failed = || format!("cannot write {}", place.display());
    let vendor = place.parent().unwrap_or(Path::new("."));
    let aside = keeps.then(|| aside(place)).transpose()?;
    let moved = exchange(vendor, place, aside.as_deref());
    moved.with_context(failed)?;
    Ok(aside)
}

fn exchange(vendor: &Path, place: &Path, aside: Option<&Path>) -> std::io::Result<()> {
    std::fs::create_dir_all(vendor)?;
    // Beside its place, so that a rename brings it there; with what is left in it, it goes in the end.
    let half = tempfile::Builder::new()
        .prefix(".argosy-")
        .tempdir_in(vendor)?;
    let new = half.path().join("new");
    for (path, text) in copy() {
        let path = new.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(&new))?;
        std::fs::write(path, text.as_bytes())?;
    }
    let gone = half.path().join("old");
    let old = aside.unwrap_or(&gone);
    let was_there = place.symlink_metadata().is_ok();
    if was_there {
        std::fs::rename(place, old)?;
    }
    match std::fs::rename(&new, place) {
        Err(why) if was_there => Err(put_back(half, old, place, &why)),
        renamed => renamed,
    }
}

/// Brings the copy of before to its place again. If that fails, too, it stays where it is, and the error says where.
fn put_back(
    half: tempfile::TempDir,
    old: &Path,
    place: &Path,
    why: &std::io::Error,
) -> std::io::Error {
    let Err(error) = std::fs::rename(old, place) else {
        return std::io::Error::new(why.kind(), why.to_string());
    };
    drop(half.keep());
    let old = old.display();
    let text = format!("{why}; what was there is in {old}, and cannot be brought back: {error}");
    std::io::Error::other(text)
}

/// A name beside the copy that nothing has.
fn aside(place: &Path) -> Result<PathBuf, Failure> {
    let named = |number: u32| match number {
        1 => place.with_extension("old"),
        number => place.with_extension(format!("old-{number}")),
    };
    let is_free = |it: &PathBuf| it.symlink_metadata().is_err();
    (1..=ASIDE_MAX).map(named).find(is_free).ok_or_else(|| {
        let failure = Failure::failed(format!("{ASIDE_MAX} copies were put aside already"));
        failure.hint(format!("remove what is not needed of {VENDOR}.old*"))
    })
}

/// The lock of a workspace after an update.
enum NextLock {
    /// Not one that is understood: it stays as it is, and why.
    Left(String),
    /// Where it lies, what was in it, and what will be.
    Written {
        path: PathBuf,
        before: Option<Lock>,
        after: Lock,
    },
}

impl NextLock {
    fn of(workspace: &Workspace) -> NextLock {
        let Some(sdk) = pins::of_sdk(&Sources::Ours) else {
            return NextLock::Left("this program knows no tested versions".to_owned());
        };
        let path = workspace.root.join(LOCK_FILE);
        if !path.exists() {
            return NextLock::Written {
                path,
                before: None,
                after: sdk,
            };
        }
        let Some(text) = short_text(&path, FILE_BYTES_MAX) else {
            return NextLock::Left("it cannot be read".to_owned());
        };
        match Lock::parse(&text) {
            Err(error) => NextLock::Left(error.to_string()),
            Ok(before) if !before.is_written_so(&text) => {
                NextLock::Left("it is not as cargo writes it: build once, then update".to_owned())
            }
            Ok(before) => NextLock::Written {
                path,
                after: pins::with_sdk(&before, &sdk, &workspace.members()),
                before: Some(before),
            },
        }
    }

    /// Writes it; a line for each package that is another.
    fn write(self) -> Result<Vec<String>, Failure> {
        let (path, before, after) = match self {
            NextLock::Left(why) => return Ok(vec![format!("is left as it is: {why}")]),
            NextLock::Written {
                path,
                before,
                after,
            } => (path, before, after),
        };
        if before.as_ref() == Some(&after) {
            return Ok(Vec::new());
        }
        put(&path, &after.text()).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(match before {
            None => vec!["is new, with the versions that the SDK is tested with".to_owned()],
            Some(before) => before.changes(&after),
        })
    }
}

/// Puts a file in its place, whole. Half of it lies in a folder of our own: under a name beside it a stranger's sources
/// may have a link to any file.
fn put(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let half = tempfile::Builder::new()
        .prefix(".argosy-")
        .tempdir_in(folder)?;
    let new = half.path().join("new");
    std::fs::write(&new, text)?;
    std::fs::rename(new, path)
}

fn told(
    place: &Path,
    state: &State,
    to: &Record,
    aside: Option<&Path>,
    lock: &[String],
    news: &[String],
) -> Report {
    let aside = aside.map(|it| it.display().to_string());
    let files = match state {
        State::Listed(from, _) => {
            let [new, gone, other] = to.files_since(from);
            format!("{other} changed, {new} new, {gone} gone")
        }
        State::Missing | State::Unlisted => format!("{} new", copy().len()),
    };
    let from = match state {
        State::Listed(from, _) => Some(from.label()),
        State::Missing | State::Unlisted => None,
    };
    let document = json!({
        "updated": true,
        "place": place.display().to_string(),
        "from": from,
        "to": to.label(),
        "kept": aside,
        "lock": lock,
        "news": news,
    });
    let report = Report::new(document)
        .row("place", place.display())
        .row("from", state.label())
        .row("to", to.label())
        .row("files", files)
        .row_if("kept", aside);
    let report = locked(report, lock);
    let report = match news {
        [] => report.line(format!("Read what changed: {VENDOR}/{CHANGES}")),
        news => {
            let heading = format!("New for contracts, from {VENDOR}/{CHANGES}");
            some(news).fold(report.heading(heading), |report, it| report.line(it))
        }
    };
    report.line("\nNext: argosy test; argosy build")
}

/// What became of `Cargo.lock`.
fn locked(report: Report, lines: &[String]) -> Report {
    match lines {
        [] => report.row("Cargo.lock", "as before"),
        [line] => report.row("Cargo.lock", line),
        lines => {
            let report = report.row("Cargo.lock", format!("{} packages", lines.len()));
            some(lines).fold(report, |report, it| report.line(format!("  {it}")))
        }
    }
}

/// What is new for contracts since the copy that is there; nothing if that does not tell what it knew.
fn news_since(place: &Path) -> Vec<String> {
    let before = short_text(&place.join(CHANGES), CHANGES_BYTES_MAX);
    match (before, ours(CHANGES)) {
        (Some(before), Some(now)) => changelog::news(&before, now),
        _ => Vec::new(),
    }
}

/// Says that a contract is built with another SDK than this program's, where it has a copy of one.
pub(super) fn warn_of_other(workspace: &Workspace, output: Output) {
    let copy = workspace.sdk_checkout();
    // One that is not there is an error of its own.
    let Some(place) = copy.filter(|it| it.ends_with(VENDOR) && it.exists()) else {
        return;
    };
    let record = Record::of_copy(place);
    if record.as_ref().is_some_and(is_same) {
        return;
    }
    let which = record.map_or_else(|| "of an earlier argosy".to_owned(), |it| it.label());
    output.warning(format!(
        "the SDK in {VENDOR} is {which}, this program brings {}: argosy sdk update",
        Record::ours().label()
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a copy in it, as `argosy new` writes it.
    fn with_copy() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(VENDOR);
        assert_eq!(replace(&place, false).unwrap(), None);
        (folder, place)
    }

    fn names_in(folder: &Path) -> Vec<String> {
        let names = std::fs::read_dir(folder).unwrap();
        let names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn a_copy_that_nobody_changed_is_replaced_whole() {
        let (folder, place) = with_copy();
        assert!(State::of(&place).unwrap().is_ours());
        // Of an earlier argosy: a file that there is no more, and its list.
        std::fs::write(place.join("vm/gone.rs"), "").unwrap();
        let list = place.join(super::super::record::FILE);
        let text = std::fs::read_to_string(&list).unwrap();
        let nothing = const_hex::encode(argosy_vm_engine::sha256(b""));
        std::fs::write(&list, format!("{text}{nothing}  vm/gone.rs\n")).unwrap();
        let state = State::of(&place).unwrap();
        assert!(!state.is_ours() && is_untouched(&state), "{state:?}");
        check(&place, &state, false).unwrap();
        assert_eq!(replace(&place, false).unwrap(), None);
        assert!(State::of(&place).unwrap().is_ours());
        assert_eq!(names_in(&folder.path().join("vendor")), ["argosy"]);
        let report = told(&place, &state, &Record::ours(), None, &[], &[]);
        assert_eq!(report.json()["updated"], true);
        let text = report.text(crate::output::Paint::none());
        assert!(text.contains("0 changed, 0 new, 1 gone"), "{text}");
        assert!(text.contains("Read what changed: vendor/argosy/CHANGELOG.md"));
    }

    #[test]
    fn what_somebody_changed_is_kept_beside() {
        let (folder, place) = with_copy();
        for expected in ["argosy.old", "argosy.old-2"] {
            std::fs::write(place.join("LICENSE-MIT"), expected).unwrap();
            let state = State::of(&place).unwrap();
            let refused = check(&place, &state, false).unwrap_err();
            assert!(refused.message().contains("changed by hand"), "{refused:?}");
            assert_eq!(refused.json()["error"]["edits"][0], "~ LICENSE-MIT");
            check(&place, &state, true).unwrap();
            let aside = replace(&place, true).unwrap().expect("it is kept");
            assert!(aside.ends_with(expected), "{}", aside.display());
            let kept = std::fs::read_to_string(aside.join("LICENSE-MIT")).unwrap();
            assert_eq!(kept, expected);
            assert!(State::of(&place).unwrap().is_ours());
        }
        let names = names_in(&folder.path().join("vendor"));
        assert_eq!(names, ["argosy", "argosy.old", "argosy.old-2"]);
    }

    #[test]
    fn a_copy_without_a_list_is_not_thrown_away() {
        let (_folder, place) = with_copy();
        std::fs::remove_file(place.join(super::super::record::FILE)).unwrap();
        let state = State::of(&place).unwrap();
        assert_eq!(state, State::Unlisted);
        let refused = check(&place, &state, false).unwrap_err();
        assert!(refused.message().contains("no list"), "{refused:?}");
        check(&place, &state, true).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_left_alone() {
        let (folder, place) = with_copy();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&place, &link).unwrap();
        let state = State::of(&link).unwrap();
        let refused = check(&link, &state, true).unwrap_err();
        assert!(refused.message().contains("is a link"), "{refused:?}");
    }

    #[test]
    fn a_copy_that_cannot_be_replaced_stays() {
        let (folder, place) = with_copy();
        // What is to be its place beside has no folder.
        let nowhere = folder.path().join("nowhere/argosy.old");
        let vendor = folder.path().join("vendor");
        assert!(exchange(&vendor, &place, Some(&nowhere)).is_err());
        assert!(State::of(&place).unwrap().is_ours());
        assert_eq!(names_in(&vendor), ["argosy"]);
    }

    #[test]
    fn a_copy_that_cannot_be_brought_back_is_not_thrown_away() {
        let (folder, place) = with_copy();
        let half = tempfile::tempdir_in(folder.path().join("vendor")).unwrap();
        let old = half.path().join("old");
        std::fs::rename(&place, &old).unwrap();
        // Somebody has put something there in the meantime.
        std::fs::create_dir(&place).unwrap();
        std::fs::write(place.join("note"), "mine").unwrap();
        let error = put_back(half, &old, &place, &std::io::Error::other("no room"));
        let text = error.to_string();
        assert!(text.starts_with("no room; what was there is in "), "{text}");
        assert!(text.contains(&old.display().to_string()), "{text}");
        assert!(State::of(&old).unwrap().is_ours());
        assert!(place.join("note").is_file());
    }

    #[test]
    fn a_copy_of_another_workspace_is_not_replaced_unasked() {
        let (folder, place) = with_copy();
        let root = folder.path();
        check_within(&place, root, false).unwrap();
        // Also one that is to be made.
        check_within(&root.join("a/vendor/argosy"), root, false).unwrap();
        let mine = root.join("mine");
        std::fs::create_dir(&mine).unwrap();
        let refused = check_within(&place, &mine, false).unwrap_err();
        assert!(refused.message().contains("outside"), "{refused:?}");
        check_within(&place, &mine, true).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_around_the_copy_leads_nowhere() {
        let (folder, _place) = with_copy();
        let mine = folder.path().join("mine");
        std::fs::create_dir(&mine).unwrap();
        std::os::unix::fs::symlink(folder.path().join("vendor"), mine.join("vendor")).unwrap();
        let refused = check_within(&mine.join(VENDOR), &mine, false).unwrap_err();
        assert!(refused.message().contains("outside"), "{refused:?}");
    }

    #[test]
    fn a_copy_with_far_too_many_files_says_what_to_do() {
        let (_folder, place) = with_copy();
        let target = place.join("target");
        std::fs::create_dir(&target).unwrap();
        for number in 0..=10_000 {
            std::fs::write(target.join(number.to_string()), "").unwrap();
        }
        let refused = State::of(&place).unwrap_err();
        let error = &refused.json()["error"];
        assert!(refused.message().contains("more than"), "{refused:?}");
        assert!(
            error["hint"]
                .as_str()
                .is_some_and(|it| it.contains("target"))
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_beside_the_lock_is_not_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        std::fs::write(&victim, "mine").unwrap();
        std::os::unix::fs::symlink(&victim, folder.path().join("Cargo.lock.half")).unwrap();
        let path = folder.path().join(LOCK_FILE);
        let after = pins::of_sdk(&Sources::Ours).unwrap();
        let text = after.text();
        let next = NextLock::Written {
            path: path.clone(),
            before: None,
            after,
        };
        next.write().unwrap();
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "mine");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        let names = names_in(folder.path());
        assert_eq!(names, ["Cargo.lock", "Cargo.lock.half", "victim"]);
    }

    #[test]
    fn a_lock_with_words_that_would_be_lost_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let workspace: Workspace = serde_json::from_value(json!({
            "workspace_root": folder.path(),
            "target_directory": folder.path().join("target"),
            "packages": [],
        }))
        .unwrap();
        let text = pins::of_sdk(&Sources::Ours).unwrap().text();
        let path = folder.path().join(LOCK_FILE);
        for left in [
            format!("{text}# mine\n"),
            text.replace("\"proptest\"", "\"prop\\u001btest\""),
        ] {
            assert_ne!(left, text);
            std::fs::write(&path, &left).unwrap();
            let lines = NextLock::of(&workspace).write().unwrap();
            assert!(lines[0].contains("not as cargo writes it"), "{lines:?}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), left);
        }
    }

    #[test]
    fn a_lock_that_is_not_understood_is_left() {
        let left = NextLock::Left("its format is 9".to_owned());
        let lines = left.write().unwrap();
        assert_eq!(lines, ["is left as it is: its format is 9"]);
    }
}
