//! From a line to the words of a command, with a shell's quotes and comments; nothing is replaced in it.

use crate::failure::Failure;

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing, or a comment.
    Empty,
    /// The end.
    Exit,
    /// A command, without the name of this program.
    Command(Vec<String>),
}

/// The words that end the console.
pub(super) const EXITS: [&str; 2] = ["exit", "quit"];

pub(super) fn read(line: &str) -> Result<Line, Failure> {
    if line.contains('\0') {
        // No program can be given it.
        return Err(Failure::usage("a line has a NUL character"));
    }
    let words = shlex::split(line);
    let words = words.ok_or_else(|| {
        let failure =
            Failure::usage("a quotation mark has no second one, or nothing follows a backslash");
        failure.hint("write '…' or \"…\" around words with spaces")
    })?;
    // Who copies a command from a page copies the name of this program.
    let own = usize::from(words.first().is_some_and(|it| it == "argosy"));
    let words = &words[own..];
    match words {
        [] if own == 0 => Ok(Line::Empty),
        [only] if own == 0 && EXITS.contains(&only.as_str()) => Ok(Line::Exit),
        words => Ok(Line::Command(words.to_vec())),
    }
}

/// A line that is being typed: the words before, the one that is begun, and at which byte that begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Begun {
    pub(super) before: Vec<String>,
    pub(super) current: String,
    pub(super) start: usize,
}

pub(super) fn begun(typed: &str) -> Begun {
    let start = start_of_last(typed);
    let (before, current) = (&typed[..start], &typed[start..]);
    let mut before = shlex::split(before).unwrap_or_default();
    if before.first().is_some_and(|it| it == "argosy") {
        before.remove(0);
    }
    // One that is not closed yet reads as if it were.
    let closed = ["", "'", "\""].iter();
    let current = closed
        .map(|it| format!("{current}{it}"))
        .find_map(|it| shlex::split(&it))
        .and_then(|it| it.into_iter().next())
        .unwrap_or_default();
    Begun {
        before,
        current,
        start,
    }
}

/// Where the last word begins: behind the last space that no quotation marks are around.
fn start_of_last(typed: &str) -> usize {
    let (mut start, mut quote, mut is_escaped) = (0, None, false);
    for (index, character) in typed.char_indices() {
        match (quote, character) {
            _ if is_escaped => is_escaped = false,
            (None | Some('"'), '\\') => is_escaped = true,
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, ' ' | '\t') => start = index + 1,
            (None | Some(_), _) => {}
        }
    }
    start
}

/// A word as it has to be typed.
pub(super) fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), |it| it.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &[&str]) {
        let words = expected.iter().map(|&it| it.to_owned()).collect();
        assert_eq!(read(line).unwrap(), Line::Command(words), "{line}");
    }

    #[test]
    fn a_line_is_split_as_shells_do() {
        check("tx get  0x1", &["tx", "get", "0x1"]);
        check("argosy tx get", &["tx", "get"]);
        check("argosy", &[]);
        check("rpc m '{\"a\": 1}' # note", &["rpc", "m", "{\"a\": 1}"]);
        check(
            "x \"a b\" c\\ d '' -- *",
            &["x", "a b", "c d", "", "--", "*"],
        );
        check("exit now", &["exit", "now"]);
        for empty in ["", "  ", "# only this"] {
            assert_eq!(read(empty).unwrap(), Line::Empty, "{empty:?}");
        }
        for exit in ["exit", " quit "] {
            assert_eq!(read(exit).unwrap(), Line::Exit);
        }
        for open in ["x 'a", "x \"a", "x \\", "x a\0b"] {
            assert_eq!(read(open).unwrap_err().code(), 2, "{open:?}");
        }
    }

    #[track_caller]
    fn check_begun(typed: &str, before: &[&str], current: &str, start: usize) {
        let expected = Begun {
            before: before.iter().map(|&it| it.to_owned()).collect(),
            current: current.to_owned(),
            start,
        };
        assert_eq!(begun(typed), expected, "{typed:?}");
    }

    #[test]
    fn the_word_that_is_begun_is_the_last_one() {
        check_begun("", &[], "", 0);
        check_begun("ac", &[], "ac", 0);
        check_begun("account ", &["account"], "", 8);
        check_begun("argosy tx g", &["tx"], "g", 10);
        check_begun("a 'b c", &["a"], "b c", 2);
        check_begun("a \"b c\" d", &["a", "b c"], "d", 8);
        check_begun("a b\\ c", &["a"], "b c", 2);
        check_begun("é ü", &["é"], "ü", 3);
    }

    #[test]
    fn a_word_is_typed_as_it_is_read() {
        for word in ["alice", "two words", "a'b", "--from", "*", ""] {
            let line = format!("x {}", quoted(word));
            check(&line, &["x", word]);
        }
    }
}
