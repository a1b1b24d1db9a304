//! Which line of the sources a byte of a module comes from, by the debug information (DWARF) in it.
//!
//! Addresses count from the contents of the code section. Where a compiler put one function into another, the
//! line is that of the innermost function of the contract's own sources: a float in the body of a library's
//! function is the caller's doing.
//!
//! Invariant: debug information is a hint, so that what is missing, broken or a lie gives no line and no error, and a
//! file is called the contract's own only if it lies in its folder and not among what it brings of others.
//! Not here: what reading costs (`weigh`).

use std::fmt;
use std::path::{Component, Path, PathBuf};

use addr2line::Context;
use addr2line::gimli::{Dwarf, EndianSlice, Error, LittleEndian, SectionId};
use serde::Serialize;

use super::parts::{Part, code_start, parts};
use super::weigh::{Sizes, is_affordable};

/// A section.
pub(super) type Bytes<'a> = EndianSlice<'a, LittleEndian>;

/// So many functions that are put into each other are looked at.
const FRAMES_MAX: usize = 64;
/// So many rows of a table are looked at for one that tells a line.
const ROWS_MAX: usize = 4_096;
/// Where sources of others lie in the folder of a contract: the SDK, and what `cargo vendor` brings.
const VENDORED: &str = "vendor";

/// A line of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Line {
    /// The file; of the contract's own, from the root of its workspace.
    pub(super) file: String,
    /// Which line, from 1.
    pub(super) line: u32,
    /// Whether the file is one of the contract's own.
    #[serde(skip)]
    pub(super) is_own: bool,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// The lines of one module.
pub(super) struct Lines<'a> {
    context: Context<Bytes<'a>>,
    /// Where addresses count from.
    start: u64,
    /// The contract's own sources lie under it.
    root: PathBuf,
}

impl<'a> Lines<'a> {
    /// Those of a module, if it has any. Files under `root` are the contract's own.
    pub(super) fn of(code: &'a [u8], root: &Path) -> Option<Lines<'a>> {
        let sections: Vec<Part<'a>> = parts(code).into_iter().filter(|it| it.is_debug()).collect();
        if sections.is_empty() {
            return None;
        }
        let section = |id: SectionId| -> Result<Bytes<'a>, Error> {
            let found = sections.iter().find(|it| it.name == id.name());
            Ok(EndianSlice::new(
                found.map_or(&[][..], |it| it.contents),
                LittleEndian,
            ))
        };
        let dwarf = Dwarf::load(section).ok()?;
        let bytes = |part: &Part<'a>| part.contents.len();
        let abbreviations = SectionId::DebugAbbrev.name();
        let sizes = Sizes {
            all: sections.iter().map(bytes).sum(),
            abbreviations: sections
                .iter()
                .find(|it| it.name == abbreviations)
                .map_or(0, bytes),
        };
        if !is_affordable(&dwarf, sizes) {
            return None;
        }
        Some(Lines {
            context: Context::from_dwarf(dwarf).ok()?,
            start: u64::try_from(code_start(code)?).ok()?,
            root: root.to_owned(),
        })
    }

    /// The line of a byte, by its offset in the module.
    pub(super) fn at(&self, offset: u64) -> Option<Line> {
        let address = offset.checked_sub(self.start)?;
        let mut frames = self.context.find_frames(address).skip_all_loads().ok()?;
        let mut innermost = None;
        for _ in 0..FRAMES_MAX {
            let Ok(Some(frame)) = frames.next() else {
                break;
            };
            let Some((Some(file), Some(line @ 1..))) = frame.location.map(|it| (it.file, it.line))
            else {
                continue;
            };
            let own = own(file, &self.root);
            let is_own = own.is_some();
            let found = Line {
                file: own.unwrap_or_else(|| file.to_owned()),
                line,
                is_own,
            };
            if is_own {
                return Some(found);
            }
            innermost.get_or_insert(found);
        }
        innermost
    }

    /// The first line that is known of some bytes, such as those of a function.
    pub(super) fn first_in(&self, offsets: std::ops::Range<u64>) -> Option<Line> {
        let from = offsets.start.checked_sub(self.start)?;
        let to = offsets.end.checked_sub(self.start)?;
        let ranges = self.context.find_location_range(from, to).ok()?;
        let (address, ..) = ranges
            .take(ROWS_MAX)
            .find(|(_, _, it)| it.line.is_some_and(|line| line > 0))?;
        self.at(self.start.checked_add(address.max(from))?)
    }
}

/// What a file of the contract's own is called from its root; `None`: it is somebody else's.
fn own(file: &str, root: &Path) -> Option<String> {
    let below = Path::new(file).strip_prefix(root).ok()?;
    let is_plain = below
        .components()
        .all(|it| matches!(it, Component::Normal(_)));
    let is_own = is_plain && !below.starts_with(VENDORED);
    is_own.then(|| below.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOATS: &[u8] = include_bytes!("../../../tests/fixtures/floats/floats.wasm");
    const SOURCE: &str = include_str!("../../../tests/fixtures/floats/src/lib.rs");

    fn line_of(text: &str) -> u32 {
        let at = SOURCE.lines().position(|it| it.contains(text));
        u32::try_from(at.expect("the fixture says so") + 1).expect("it is short")
    }

    /// The operator that makes a float of a number.
    fn convert() -> u64 {
        let at = FLOATS.windows(2).position(|it| it == [0xba, 0x44]);
        at.expect("the fixture converts") as u64
    }

    #[test]
    fn a_byte_has_the_line_that_it_was_built_from() {
        let lines = Lines::of(FLOATS, Path::new("/floats")).expect("it has lines");
        let expected = Line {
            file: "src/lib.rs".to_owned(),
            line: line_of("value as f64"),
            is_own: true,
        };
        assert_eq!(lines.at(convert()), Some(expected.clone()));
        assert_eq!(
            lines.at(convert() + 10).map(|it| it.line),
            Some(line_of("float * 1.5"))
        );
        // Behind the head of the function, where no operator stands, the first one tells.
        let body = convert() - 4..convert() + 12;
        let first = lines.first_in(body).map(|it| it.line);
        assert!(
            first.is_some_and(|it| it.abs_diff(expected.line) <= 1),
            "{first:?}"
        );
    }

    #[test]
    fn sources_of_others_keep_their_place() {
        let lines = Lines::of(FLOATS, Path::new("/elsewhere")).expect("it has lines");
        let found = lines.at(convert()).expect("it is told");
        assert_eq!(found.file, "/floats/src/lib.rs");
        assert!(!found.is_own);
    }

    #[test]
    fn what_the_folder_brings_of_others_is_not_its_own() {
        let root = Path::new("/coin");
        assert_eq!(own("/coin/src/lib.rs", root).as_deref(), Some("src/lib.rs"));
        for file in [
            "/coin/vendor/argosy/contracts/sdk/src/lib.rs",
            "/coin/../other/src/lib.rs",
            "/coin/src/../../other.rs",
            "/coins/src/lib.rs",
            "src/lib.rs",
            "../other.rs",
            "",
        ] {
            assert_eq!(own(file, root), None, "{file}");
        }
    }

    #[test]
    fn what_is_not_told_has_no_line() {
        let lines = Lines::of(FLOATS, Path::new("/floats")).expect("it has lines");
        for offset in [0, 8, FLOATS.len() as u64, u64::MAX] {
            assert_eq!(lines.at(offset), None, "{offset}");
        }
        let bare = super::super::parts::without(FLOATS, |it| it.is_debug());
        assert!(Lines::of(&bare, Path::new("/")).is_none());
        assert!(Lines::of(b"no module", Path::new("/")).is_none());
    }

    #[test]
    fn broken_debug_information_is_no_error() {
        let at = FLOATS
            .windows(11)
            .position(|it| it == b".debug_line")
            .expect("it is there");
        for end in at + 11..at + 60 {
            let mut broken = FLOATS.to_vec();
            broken[end] ^= 0x55;
            if let Some(lines) = Lines::of(&broken, Path::new("/floats")) {
                let _whatever = lines.at(convert());
            }
        }
    }
}
