//! `argosy console`: commands line by line, typed at a terminal or read from a file.
//!
//! Always: a line is what one would type behind `argosy`, and is run by this very program in a process of its own.
//! So its output and its exit code are those of the command, and nothing that it does ends the console.
//! Options of the console hold for every line that does not say them itself.
//! Not here: what commands are (`args`), what can be completed (`completion`).

mod child; // a line as a process
mod complete; // TAB
mod history; // what was typed before
mod terminal; // for people
mod words; // from a line to words

use std::io::{BufRead, IsTerminal, Read};
use std::process::ExitCode;

use crate::args::{ConsoleArgs, GlobalArgs};
use crate::failure::Failure;
use crate::output::Output;
use child::{Keyboard, Runner};
use words::Line;

/// The longest line that is taken.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// Until the last line, `exit`, or, of a file, the first failure.
pub(crate) fn run(
    global: &GlobalArgs,
    args: &ConsoleArgs,
    output: Output,
) -> Result<ExitCode, Failure> {
    let runner = Runner::of_this_program()?;
    let is_typed = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    match is_typed && !global.no_input {
        true => terminal::run(&runner, global, output),
        false => lines(&runner, args.keep_going, output),
    }
}

/// Lines of a file. The exit code is that of the first command that failed.
fn lines(runner: &Runner, keep_going: bool, output: Output) -> Result<ExitCode, Failure> {
    let (mut first, mut number) = (0, 0_u64);
    let mut stdin = std::io::stdin().lock();
    while first == 0 || keep_going {
        let Some(line) = next(&mut stdin)? else { break };
        number += 1;
        let code = match words::read(&line) {
            Ok(Line::Empty) => continue,
            Ok(Line::Exit) => break,
            // The lines that follow are not for the command.
            Ok(Line::Command(words)) => runner.run(&words, Keyboard::None)?,
            Err(failure) => {
                output.failure(&failure);
                failure.code()
            }
        };
        if code != 0 {
            // Not the line itself, which may hold what is nobody's business.
            output.progress(format!("line {number} failed with exit code {code}"));
        }
        if first == 0 {
            first = code;
        }
    }
    Ok(ExitCode::from(first))
}

/// The next line of a file, without its end.
fn next(stdin: &mut impl BufRead) -> Result<Option<String>, Failure> {
    let mut line = Vec::new();
    let mut limited = stdin.take(LINE_BYTES_MAX as u64 + 1);
    let read = limited.read_until(b'\n', &mut line);
    read.map_err(|error| Failure::failed(format!("cannot read stdin: {error}")))?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.len() > LINE_BYTES_MAX {
        return Err(Failure::usage("a line is longer than 64 KiB"));
    }
    let line = String::from_utf8(line);
    let line = line.map_err(|_| Failure::usage("a line is no UTF-8 text"))?;
    Ok(Some(line.trim_end_matches(['\n', '\r']).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_one_by_one_and_no_longer_than_they_may_be() {
        let mut text = "a b\r\n\nlast".as_bytes();
        for expected in [Some("a b"), Some(""), Some("last"), None] {
            assert_eq!(next(&mut text).unwrap().as_deref(), expected);
        }
        let longest = "x".repeat(LINE_BYTES_MAX - 1) + "\n";
        assert!(next(&mut longest.as_bytes()).is_ok());
        let longer = "x".repeat(LINE_BYTES_MAX + 1);
        assert!(next(&mut longer.as_bytes()).is_err());
        assert!(next(&mut &[0xff, b'\n'][..]).is_err());
    }
}
