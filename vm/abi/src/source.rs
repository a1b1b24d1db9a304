//! Source: where a module comes from, as whoever built it says.
//!
//! ```text
//! custom section `argosy.source`, at most 4 KiB
//! +-----------+---------------+
//! | version 1 | SCALE(Source) |
//! +-----------+---------------+
//! ```
//!
//! The chain never reads it; it is part of the module's bytes, and so of the hash of the code. It proves nothing:
//! whoever wants to know builds what it names and compares (`argosy contract verify`).
//!
//! Always holds: what [`Source::parse`] gives is bounded, and its texts are lines of printable ASCII, so that no
//! module writes to a terminal more than words.
//! Not here: who fills it in (`argosy build`).

use alloc::string::String;
use alloc::vec::Vec;

use argosy_primitives::codec::{self, DecodeError, Limits};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

/// Name of the custom section.
pub const SOURCE_SECTION: &str = "argosy.source";
/// Longest section.
pub const SOURCE_SECTION_BYTES_MAX: usize = 4 * 1024;

const VERSION: u8 = 1;
/// Longest text in it.
const TEXT_BYTES_MAX: usize = 256;
/// Longest commit, which is a hash of 256 bits.
const COMMIT_DIGITS_MAX: usize = 64;
/// Most flags in it.
const FLAGS_MAX: usize = 32;

/// What a module was built from, and by what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Source {
    /// Where the sources are kept, as the package says.
    pub repository: Option<String>,
    /// The commit that was checked out, in hex.
    pub commit: Option<String>,
    /// Whether files were other than the commit's; `None`: it is not known.
    pub is_dirty: Option<bool>,
    /// The compiler in its own words.
    pub toolchain: Option<String>,
    /// Flags of the compiler beside those that stand in the sources.
    pub flags: Vec<String>,
    /// Version of the contract SDK.
    pub sdk: Option<String>,
    /// Whether it was built so that anybody gets the same bytes.
    pub is_verifiable: bool,
}

/// Why a section does not tell where its module comes from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The section is too long.
    #[error("it has {found} bytes, more than {SOURCE_SECTION_BYTES_MAX}")]
    TooLong {
        /// Its length.
        found: usize,
    },
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is of a version that is not known here.
    #[error("it has version {found}, only {VERSION} is known")]
    Version {
        /// Its version.
        found: u8,
    },
    /// It does not decode; also if a module has it twice.
    #[error("it does not decode: {0}")]
    Malformed(#[from] DecodeError),
    /// A text is too long, empty or no line of printable ASCII.
    #[error("its {field} is no line of 1 to {TEXT_BYTES_MAX} printable characters")]
    Text {
        /// Which.
        field: &'static str,
    },
    /// The commit is no number.
    #[error("its commit is no hex of 1 to {COMMIT_DIGITS_MAX} digits")]
    Commit,
    /// There are too many flags.
    #[error("it has {found} flags, more than {FLAGS_MAX}")]
    Flags {
        /// How many.
        found: usize,
    },
}

impl Source {
    /// Reads the section.
    pub fn parse(section: &[u8]) -> Result<Source, SourceError> {
        if section.len() > SOURCE_SECTION_BYTES_MAX {
            let found = section.len();
            return Err(SourceError::TooLong { found });
        }
        let (&found, bytes) = section.split_first().ok_or(SourceError::Empty)?;
        if found != VERSION {
            return Err(SourceError::Version { found });
        }
        let limits = Limits::for_size(SOURCE_SECTION_BYTES_MAX);
        let source: Source = codec::decode_untrusted(bytes, limits)?;
        source.check()?;
        Ok(source)
    }

    /// The section; what could not be read again is refused.
    pub fn to_section(&self) -> Result<Vec<u8>, SourceError> {
        self.check()?;
        let mut section = alloc::vec![VERSION];
        self.encode_to(&mut section);
        match section.len() {
            0..=SOURCE_SECTION_BYTES_MAX => Ok(section),
            found => Err(SourceError::TooLong { found }),
        }
    }

    /// Whether a text may stand in it.
    pub fn is_text(text: &str) -> bool {
        let is_plain = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
        (1..=TEXT_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_plain)
    }

    fn check(&self) -> Result<(), SourceError> {
        let texts = [
            ("repository", &self.repository),
            ("toolchain", &self.toolchain),
            ("SDK version", &self.sdk),
        ];
        for (field, text) in texts {
            if text.as_ref().is_some_and(|it| !Source::is_text(it)) {
                return Err(SourceError::Text { field });
            }
        }
        if self.commit.as_ref().is_some_and(|it| !is_commit(it)) {
            return Err(SourceError::Commit);
        }
        if self.flags.len() > FLAGS_MAX {
            let found = self.flags.len();
            return Err(SourceError::Flags { found });
        }
        match self.flags.iter().all(|it| Source::is_text(it)) {
            true => Ok(()),
            false => Err(SourceError::Text { field: "flag" }),
        }
    }
}

fn is_commit(text: &str) -> bool {
    (1..=COMMIT_DIGITS_MAX).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;
    use alloc::string::ToString;

    use super::*;

    fn source() -> Source {
        Source {
            repository: Some("https://example.org/coin".to_owned()),
            commit: Some("0123abcd".to_owned()),
            is_dirty: Some(false),
            toolchain: Some("rustc 1.96.0 (ac68faa20 2026-05-25)".to_owned()),
            flags: alloc::vec!["-Ctarget-cpu=mvp".to_owned()],
            sdk: Some("0.1.0".to_owned()),
            is_verifiable: true,
        }
    }

    /// The bytes are those of modules on chains, and stay.
    #[test]
    fn a_section_reads_as_it_was_written() {
        let section = source().to_section().expect("it is short");
        assert_eq!(Source::parse(&section), Ok(source()));
        let nothing = Source::default().to_section().expect("it is short");
        assert_eq!(nothing, [1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(Source::parse(&nothing), Ok(Source::default()));
        let commit = Source {
            commit: Some("0a".to_owned()),
            is_dirty: Some(true),
            ..Source::default()
        };
        let section = commit.to_section().expect("it is short");
        assert_eq!(section, [1, 0, 1, 8, b'0', b'a', 1, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn what_is_no_section_is_refused_by_name() {
        assert_eq!(Source::parse(&[]), Err(SourceError::Empty));
        assert_eq!(Source::parse(&[2]), Err(SourceError::Version { found: 2 }));
        let long = alloc::vec![1; SOURCE_SECTION_BYTES_MAX + 1];
        let found = long.len();
        assert_eq!(Source::parse(&long), Err(SourceError::TooLong { found }));
        let section = source().to_section().expect("it is short");
        // Cut off anywhere, or twice behind each other.
        for end in 1..section.len() {
            let cut = Source::parse(&section[..end]);
            assert!(
                matches!(cut, Err(SourceError::Malformed(_))),
                "{end}: {cut:?}"
            );
        }
        let twice = [section.clone(), section].concat();
        assert!(matches!(
            Source::parse(&twice),
            Err(SourceError::Malformed(_))
        ));
    }

    #[test]
    fn texts_are_lines_of_words() {
        let check = |change: &dyn Fn(&mut Source), expected: &str| {
            let mut source = source();
            change(&mut source);
            let refused = source.to_section().expect_err("it is no line");
            assert_eq!(refused.to_string(), expected);
            // Nor is it read, if somebody else wrote it.
            let mut section = alloc::vec![VERSION];
            source.encode_to(&mut section);
            assert_eq!(Source::parse(&section), Err(refused));
        };
        let line = "is no line of 1 to 256 printable characters";
        // People type a commit behind `git checkout`.
        for commit in ["", "-f", "abc; reboot", "main", &"a".repeat(65)] {
            check(
                &|it| it.commit = Some(commit.to_owned()),
                "its commit is no hex of 1 to 64 digits",
            );
        }
        let repository = alloc::format!("its repository {line}");
        check(&|it| it.repository = Some("a\nb".to_owned()), &repository);
        check(
            &|it| it.repository = Some("\u{1b}[2J".to_owned()),
            &repository,
        );
        check(&|it| it.repository = Some("x".repeat(257)), &repository);
        check(
            &|it| it.toolchain = Some("é".to_owned()),
            &alloc::format!("its toolchain {line}"),
        );
        check(
            &|it| it.sdk = Some("\t".to_owned()),
            &alloc::format!("its SDK version {line}"),
        );
        check(
            &|it| it.flags = alloc::vec![String::new()],
            &alloc::format!("its flag {line}"),
        );
        check(
            &|it| it.flags = alloc::vec!["-x".to_owned(); 33],
            "it has 33 flags, more than 32",
        );
        assert!(Source::is_text(&"x".repeat(256)));
    }
}
