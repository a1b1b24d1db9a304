//! One shell for one page: commands go in one by one, each with a time limit; at the end everything that the
//! shell started is ended with it.
//!
//! Invariant: the shell leads its own process group, and the group is ended when the session is dropped.
//! Not here: what a command should print (`page`).

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use super::page::{Step, compare};

/// A command that takes longer has failed.
const COMMAND_TIME_MAX: Duration = Duration::from_secs(300);
/// On a slow page: one that compiles the contract SDK, on a machine that has other things to do.
const SLOW_COMMAND_TIME_MAX: Duration = Duration::from_secs(1800);
/// Names a compiler that builds for wasm32, where `rustc` is not one; `./x` sets it.
const WASM_RUSTC: &str = "ARGOSY_WASM_RUSTC";
/// A server has to show its first lines by then.
const START_TIME_MAX: Duration = Duration::from_secs(60);
/// Follows each command's output, before the exit code.
const MARK: &str = "--- end of command, exit code ";

/// What a page's commands may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// They use what is built.
    Usual,
    /// They build contracts: by a compiler that can, in the folder that they stand in.
    Slow,
}

impl Pace {
    fn command_time_max(self) -> Duration {
        match self {
            Pace::Usual => COMMAND_TIME_MAX,
            Pace::Slow => SLOW_COMMAND_TIME_MAX,
        }
    }
}

pub(crate) struct Session {
    pace: Pace,
    shell: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    folder: PathBuf,
    servers: usize,
}

impl Session {
    /// A shell in the root of the checkout, with an empty home, that finds our programs in `binaries`.
    pub(crate) fn start(binaries: &Path, pace: Pace) -> Result<Session> {
        let folder = std::env::temp_dir().join(format!("argosy-docs-{}", std::process::id()));
        let home = folder.join("home");
        std::fs::create_dir_all(&home).context("cannot make a folder for the page")?;
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc"]).process_group(0);
        command
            .env("HOME", &home)
            .env("PATH", format!("{}:{path}", binaries.display()));
        // An empty home, but the user's own Rust.
        if let Ok(user) = std::env::var("HOME") {
            for (name, place) in [
                ("CARGO_HOME", ".cargo"),
                ("RUSTUP_HOME", ".rustup"),
                ("XDG_CACHE_HOME", ".cache"),
            ] {
                if std::env::var_os(name).is_none() {
                    command.env(name, Path::new(&user).join(place));
                }
            }
        }
        if pace == Pace::Slow {
            // Pages name what is built as a reader finds it: in `target`.
            command.env_remove("CARGO_TARGET_DIR");
            if let Some(rustc) = std::env::var_os(WASM_RUSTC) {
                command.env("RUSTC", rustc);
            }
        }
        let mut shell = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start bash")?;
        let mut input = shell.stdin.take().context("bash has no input")?;
        let output = shell.stdout.take().context("bash has no output")?;
        writeln!(input, "exec 2>&1")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                if sender
                    .send(String::from_utf8_lossy(&line).into_owned())
                    .is_err()
                {
                    break;
                }
            }
        });
        Ok(Session {
            pace,
            shell,
            input,
            lines,
            folder,
            servers: 0,
        })
    }

    /// Runs one command and compares what it printed.
    pub(crate) fn run(&mut self, step: &Step) -> Result<()> {
        if step.is_background {
            return self.run_server(step);
        }
        let (code, printed) = self.finish(&step.command)?;
        if code != step.exit_code {
            bail!(
                "exit code {code} instead of {}; it printed:\n{}",
                step.exit_code,
                printed.join("\n")
            );
        }
        if !step.output.is_empty() && !compare(&step.output, &printed) {
            bail!(
                "the page shows:\n{}\nit printed:\n{}",
                step.output.join("\n"),
                printed.join("\n")
            );
        }
        Ok(())
    }

    fn run_server(&mut self, step: &Step) -> Result<()> {
        self.servers += 1;
        let log = self.folder.join(format!("server-{}.log", self.servers));
        writeln!(
            self.input,
            "{{ {}\n}} >'{}' 2>&1 </dev/null &",
            step.command,
            log.display()
        )?;
        self.finish("true")?;
        let mut expected = step.output.clone();
        expected.push("…".to_owned()); // It may go on printing.
        let begin = Instant::now();
        loop {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            let printed: Vec<String> = text.lines().map(str::to_owned).collect();
            if compare(&expected, &printed) {
                return Ok(());
            }
            if begin.elapsed() > START_TIME_MAX {
                bail!(
                    "the page shows:\n{}\nafter {START_TIME_MAX:?} it printed:\n{text}",
                    step.output.join("\n")
                );
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Exit code and printed lines of a command.
    fn finish(&mut self, command: &str) -> Result<(i32, Vec<String>)> {
        // The line break before the mark ends an unfinished last line; it is taken off again below.
        writeln!(
            self.input,
            "{{ {command}\n}} </dev/null; printf '\\n{MARK}%d\\n' $?"
        )?;
        let time_max = self.pace.command_time_max();
        let end = Instant::now() + time_max;
        let mut printed = Vec::new();
        loop {
            match self
                .lines
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok(line) => match line.strip_prefix(MARK) {
                    Some(code) => {
                        printed.pop_if(|it: &mut String| it.is_empty());
                        return Ok((
                            code.parse().context("the shell gave no exit code")?,
                            printed,
                        ));
                    }
                    None => printed.push(line),
                },
                Err(RecvTimeoutError::Timeout) => bail!(
                    "not done after {time_max:?}; it printed:\n{}",
                    printed.join("\n")
                ),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(anyhow!(
                        "the shell ended; it printed:\n{}",
                        printed.join("\n")
                    ));
                }
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let group = format!("-{}", self.shell.id());
        for (signal, patience) in [("-TERM", 2000), ("-KILL", 0)] {
            // Best effort: a group that is gone already is what we want.
            let _ = Command::new("kill")
                .args([signal, "--", &group])
                .stderr(Stdio::null())
                .status();
            let begin = Instant::now();
            while begin.elapsed() < Duration::from_millis(patience)
                && matches!(self.shell.try_wait(), Ok(None))
            {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let _ = self.shell.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::super::page::parse;
    use super::*;

    /// The fault of the first command that has one.
    fn run(page: &str) -> Option<String> {
        let steps = parse(page).unwrap();
        let mut session = Session::start(Path::new("nowhere"), Pace::Usual).unwrap();
        let fault = steps.iter().find_map(|it| session.run(it).err());
        fault.map(|it| it.to_string())
    }

    // One test: sessions share a folder per process.
    #[test]
    fn runs_pages_and_refuses_wrong_ones() {
        assert_eq!(
            run("```console\n$ A=1\n$ echo $A; printf x\n1\nx\n$ false # exit 1\n$ cat\n```\n"),
            None
        );
        assert_eq!(
            run("```console\n$ (echo up; exec sleep 60) &\nup\n$ echo later\nlater\n```\n"),
            None
        );
        let made = "```console\n$ cd ~\n$ printf 'a\\nb\\nc\\n' > x\n```\n```diff apply\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n a\n-b\n+d\n c\n```\n";
        assert_eq!(
            run(&format!("{made}```console\n$ cat x\na\nd\nc\n```\n")),
            None
        );
        assert!(
            run("```console\n$ echo a\nb\n```\n")
                .unwrap()
                .contains("the page shows:\nb")
        );
        assert!(
            run("```console\n$ (exit 4)\n```\n")
                .unwrap()
                .contains("exit code 4 instead of 0")
        );
        assert!(
            run("```console\n$ exit 0\n```\n")
                .unwrap()
                .contains("the shell ended")
        );
    }
}
