//! What commands say: one result on stdout, progress on stderr.
//!
//! Always: with `-o json` stdout holds exactly one JSON document on one line (of a command that watches:
//! one for each thing that comes), also when the command fails (`{"error": …}`), with `-o jsonl` one for
//! each thing of a list; colours only where they are wanted; questions only where somebody sits at a
//! terminal; a closed pipe is not an error.

mod report; // lines for people and a document for programs
mod waiting; // something takes a while

use std::io::{BufRead, IsTerminal, Read, Write};

use serde_json::Value;

use crate::args::{Color, Format, GlobalArgs};
use crate::failure::{Exit, Failure};

pub(crate) use report::Report;
use waiting::TOLD_EVERY;
pub(crate) use waiting::Waiting;

/// The longest answer to a question that is read.
const ANSWER_BYTES_MAX: u64 = 64;

/// Where and how to speak.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    format: Format,
    /// The one field to print; lives as long as the program, so that this can be copied.
    field: Option<&'static str>,
    is_quiet: bool,
    /// Somebody can answer.
    may_ask: bool,
    /// Somebody sees what stands on stderr.
    is_seen: bool,
    /// Every question is answered with yes already.
    is_agreed: bool,
    stdout: Paint,
    stderr: Paint,
}

impl Output {
    /// As the options ask for.
    pub(crate) fn new(global: &GlobalArgs) -> Output {
        let wants = |is_terminal: bool| match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
                is_terminal && !is_unwanted && knows_colours(std::env::var_os("TERM").as_deref())
            }
        };
        let at_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        Output {
            format: global.output,
            field: global.get.clone().map(|it| &*it.leak()),
            is_quiet: global.quiet,
            may_ask: at_terminal && !global.no_input,
            is_seen: std::io::stderr().is_terminal(),
            is_agreed: global.yes,
            stdout: Paint {
                is_on: wants(std::io::stdout().is_terminal()),
            },
            stderr: Paint {
                is_on: wants(std::io::stderr().is_terminal()),
            },
        }
    }

    /// How results are written.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Colours of stdout.
    pub(crate) fn paint(&self) -> Paint {
        self.stdout
    }

    /// Colours of stderr.
    pub(crate) fn paint_errors(&self) -> Paint {
        self.stderr
    }

    /// The result.
    pub(crate) fn report(&self, report: &Report) -> Result<(), Failure> {
        match (self.field, self.format) {
            (Some(field), _) => {
                let value = report.field(field)?;
                // Programs get it as it is.
                print(&match std::io::stdout().is_terminal() {
                    true => format!("{}\n", printable(&value)),
                    false => format!("{value}\n"),
                });
            }
            (None, Format::Text) => print(&report.text(self.stdout)),
            (None, Format::Json) => print(&json_line(report.json())),
            (None, Format::Jsonl) => {
                print(&report.documents().map(json_line).collect::<String>());
            }
        }
        Ok(())
    }

    /// The failure that is the result. The exit code tells of it also where nobody takes it.
    pub(crate) fn failure(&self, failure: &Failure) {
        let untaken = match self.format {
            Format::Text => {
                let written = write_out(&failure.shown().text(self.stdout));
                print_error(&failure.text(self.stderr));
                written
            }
            Format::Json | Format::Jsonl => write_out(&json_line(&failure.json())),
        };
        drop(untaken);
    }

    /// Whether there is somebody at a terminal who can be asked.
    pub(crate) fn may_ask(&self) -> bool {
        self.may_ask
    }

    /// Whether every question is answered with yes already.
    pub(crate) fn is_agreed(&self) -> bool {
        self.is_agreed
    }

    /// Shows what is about to happen to whoever sits at the terminal, also where what is read comes from a
    /// pipe; who is asked about it sees it in any case.
    pub(crate) fn show(&self, report: &Report) {
        let is_asked = self.may_ask && !self.is_agreed;
        if self.is_seen && (is_asked || !self.is_quiet) {
            print_error(&report.text(self.stderr));
        }
    }

    /// Asks whether to go on, if there is somebody to ask; a no is a failure.
    pub(crate) fn confirm(&self, question: &str) -> Result<(), Failure> {
        if self.is_agreed || !self.may_ask {
            return Ok(());
        }
        print_error(&format!("{} [y/N] ", printable(question)));
        let mut answer = Vec::new();
        let mut stdin = std::io::stdin().lock().take(ANSWER_BYTES_MAX);
        let read = stdin.read_until(b'\n', &mut answer);
        let answer = String::from_utf8_lossy(&answer).trim().to_lowercase();
        match (read, answer.as_str()) {
            (Ok(_), "y" | "yes") => Ok(()),
            _ => {
                let failure = Failure::new(Exit::Failed, "CANCELLED", "nothing was done");
                Err(failure.hint("answer y, or give --yes"))
            }
        }
    }

    /// Something takes a while: a moving sign where people look, a line now and then where they do not.
    pub(crate) fn waiting(&self, text: impl AsRef<str>) -> Waiting {
        if self.is_quiet {
            return Waiting::silent();
        }
        let text = text.as_ref();
        let moving = self.is_seen.then(|| Waiting::moving(text)).flatten();
        moving.unwrap_or_else(|| {
            self.progress(text);
            let output = *self;
            Waiting::lines(text, TOLD_EVERY, move |line| output.progress(line))
        })
    }

    /// Something to beware of.
    pub(crate) fn warning(&self, text: impl AsRef<str>) {
        print_error(&format!(
            "{} {}\n",
            self.stderr.yellow("warning:"),
            printable(text.as_ref())
        ));
    }

    /// Something that takes a while begins or has happened.
    pub(crate) fn progress(&self, text: impl AsRef<str>) {
        if !self.is_quiet {
            let text = printable(text.as_ref());
            print_error(&format!("{}\n", self.stderr.dim(&text)));
        }
    }
}

/// Writes to stdout at once. Nobody reading any more ends the program quietly; a result that is lost for
/// another reason, such as a full disk, is a failure.
pub(crate) fn print(text: &str) {
    match write_out(text) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            print_error(&format!("error: cannot write the result: {error}\n"));
            std::process::exit(Exit::Failed as i32);
        }
    }
}

/// Writes to stdout at once.
pub(crate) fn write_out(text: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// A document in a line. What a terminal could obey is escaped, as JSON may have it: it stays the same
/// document.
fn json_line(document: &Value) -> String {
    let mut line = String::new();
    for it in document.to_string().chars() {
        match steers(it) {
            false => line.push(it),
            true => {
                for unit in it.encode_utf16(&mut [0; 2]) {
                    line.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    line + "\n"
}

fn print_error(text: &str) {
    // Without stderr there is nobody to tell.
    drop(std::io::stderr().lock().write_all(text.as_bytes()));
}

/// The text without what could move a terminal's cursor, change its colours or the order of what is read:
/// much of what is printed was written by contracts and nodes.
pub(crate) fn printable(text: &str) -> String {
    let shown = |it: char| match it != '\n' && steers(it) {
        true => '\u{fffd}',
        false => it,
    };
    text.chars().map(shown).collect()
}

/// The same in one line, so that nobody's words are read as lines of ours.
pub(crate) fn in_line(text: &str) -> String {
    printable(text).replace('\n', " ")
}

/// The same, where further lines are seen to belong to the first.
pub(crate) fn in_paragraph(text: &str) -> String {
    printable(text).replace('\n', "\n    ")
}

/// Whether a terminal shows something else because of it: control characters, those that change the
/// direction of writing, and those that nobody sees.
pub(crate) fn steers(it: char) -> bool {
    let is_direction = matches!(it, '\u{61c}' | '\u{200e}' | '\u{200f}')
        || matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_unseen = matches!(it, '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
        || matches!(it, '\u{2028}' | '\u{2029}' | '\u{e0000}'..='\u{e007f}');
    it.is_control() || is_direction || is_unseen
}

/// Whether a terminal of this type may be sent codes at all.
fn knows_colours(terminal: Option<&std::ffi::OsStr>) -> bool {
    match terminal {
        Some(terminal) => !terminal.is_empty() && terminal != "dumb",
        // Only Unix has types of terminals.
        None => cfg!(windows),
    }
}

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    is_on: bool,
}

impl Paint {
    /// No colours.
    #[cfg(test)]
    pub(crate) fn none() -> Paint {
        Paint { is_on: false }
    }

    /// Whether there are colours.
    pub(crate) fn is_on(self) -> bool {
        self.is_on
    }

    /// Labels and what is less important.
    pub(crate) fn dim(self, text: &str) -> String {
        self.code("2", text)
    }

    /// Headings.
    pub(crate) fn bold(self, text: &str) -> String {
        self.code("1", text)
    }

    /// What went well.
    pub(crate) fn green(self, text: &str) -> String {
        self.code("32", text)
    }

    /// What went wrong.
    pub(crate) fn red(self, text: &str) -> String {
        self.code("1;31", text)
    }

    /// What to beware of.
    pub(crate) fn yellow(self, text: &str) -> String {
        self.code("33", text)
    }

    fn code(self, code: &str, text: &str) -> String {
        match self.is_on {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        assert_eq!(
            printable("a\x1b[2Jb\r\nc\u{9b}"),
            "a\u{fffd}[2Jb\u{fffd}\nc\u{fffd}"
        );
        // "pay dargo1… 5" that reads as if it were written from its end.
        assert_eq!(
            printable("a\u{202e}b\u{2066}\u{200b}c"),
            "a\u{fffd}b\u{fffd}\u{fffd}c"
        );
        assert_eq!(printable("Zürich ✓ 👩\u{200d}🚀"), "Zürich ✓ 👩\u{200d}🚀");
    }

    #[test]
    fn foreign_lines_are_not_taken_for_ours() {
        assert_eq!(in_line("no\nstatus  success"), "no status  success");
        assert_eq!(in_paragraph("no\nhint: pay"), "no\n    hint: pay");
    }

    #[test]
    fn a_document_stays_the_same_without_what_a_terminal_obeys() {
        let document = serde_json::json!({"text": "a\u{9b}2J\u{202e}b\u{e0041}ü\n"});
        let line = json_line(&document);
        assert_eq!(
            line,
            "{\"text\":\"a\\u009b2J\\u202eb\\udb40\\udc41ü\\n\"}\n"
        );
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), document);
    }

    #[test]
    fn a_terminal_may_be_too_simple_for_colours() {
        let knows = |terminal: &str| knows_colours(Some(terminal.as_ref()));
        assert!(knows("xterm-256color") && !knows("dumb") && !knows(""));
        assert_eq!(knows_colours(None), cfg!(windows));
    }

    #[test]
    fn colours_are_only_there_when_asked_for() {
        assert_eq!(Paint::none().red("x"), "x");
        assert_eq!(Paint { is_on: true }.dim("x"), "\x1b[2mx\x1b[0m");
    }
}
