//! The real binary: a dev chain of its own per test, and commands against it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_argosy");

/// A sample contract, as it is in the repository.
pub(crate) fn artifact(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/artifacts");
    folder.join(name).to_str().unwrap().to_owned()
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran {
            code: output.status.code().expect("it was not killed"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// It succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Ran {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }

    /// It failed with this code, and said all of these.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, says: &[&str]) -> Ran {
        assert_eq!(self.code, code, "{self:#?}");
        for text in says {
            assert!(self.stderr.contains(text), "no {text:?} in {self:#?}");
        }
        self
    }

    /// All of these are on stdout.
    #[track_caller]
    pub(crate) fn shows(self, texts: &[&str]) -> Ran {
        for text in texts {
            assert!(self.stdout.contains(text), "no {text:?} in {self:#?}");
        }
        self
    }

    /// The one JSON document on stdout.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:#?}");
        serde_json::from_str(&self.stdout).expect("stdout is JSON")
    }
}

/// Runs a command without any environment of the caller.
pub(crate) fn argosy(words: &[&str]) -> Ran {
    Ran::of(command(words).output().unwrap())
}

/// The same, with something on stdin.
pub(crate) fn argosy_with_stdin(words: &[&str], stdin: &str) -> Ran {
    let mut child = command(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end without reading.
    let written = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    drop(written);
    Ran::of(child.wait_with_output().unwrap())
}

/// The binary with these words, and without any environment of the caller's.
pub(crate) fn command(words: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(words).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ARGOSY_") {
            command.env_remove(name);
        }
    }
    // Nobody's keys but those of the test.
    command
        .env("XDG_DATA_HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env("XDG_CACHE_HOME", "/nonexistent")
        .env("NO_COLOR", "1");
    command
}

/// A running dev chain; it ends with the test.
pub(crate) struct Dev {
    child: Child,
    stdin: Option<ChildStdin>,
    pub(crate) url: String,
    pub(crate) banner: Value,
    pub(crate) keys_dir: tempfile::TempDir,
}

impl Dev {
    /// With instant blocks.
    pub(crate) fn start() -> Dev {
        Dev::start_with(&[])
    }

    /// With further options.
    pub(crate) fn start_with(options: &[&str]) -> Dev {
        Dev::spawn(0, options, &[])
    }

    /// The same, on a port.
    pub(crate) fn start_at(port: u16, options: &[&str]) -> Dev {
        Dev::spawn(port, options, &[])
    }

    /// The same, in an environment.
    pub(crate) fn start_in(options: &[&str], environment: &[(&str, &Path)]) -> Dev {
        Dev::spawn(0, options, environment)
    }

    fn spawn(port: u16, options: &[&str], environment: &[(&str, &Path)]) -> Dev {
        let port = port.to_string();
        let words: Vec<&str> = ["dev", "--port", port.as_str(), "-o", "json"]
            .iter()
            .chain(options)
            .copied()
            .collect();
        let mut child = command(&words)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let banner: Value = serde_json::from_str(&line).expect("the banner is one line of JSON");
        let url = banner["url"].as_str().unwrap().to_owned();
        let stdin = child.stdin.take();
        Dev {
            child,
            stdin,
            url,
            banner,
            keys_dir: tempfile::tempdir().unwrap(),
        }
    }

    /// Runs a command against it.
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        self.run_in(words, |_| {})
    }

    /// The words of a line; none of them holds a blank.
    pub(crate) fn line(&self, line: &str) -> Ran {
        self.run(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// A line that succeeds, with JSON.
    #[track_caller]
    pub(crate) fn json(&self, line: &str) -> Value {
        let (before, after) = line
            .split_once(" -- ")
            .map_or((line, None), |(before, after)| (before, Some(after)));
        let mut words: Vec<&str> = before.split_whitespace().chain(["-o", "json"]).collect();
        if let Some(after) = after {
            words.push("--");
            words.extend(after.split_whitespace());
        }
        self.run(&words).ok().json()
    }

    fn run_in(&self, words: &[&str], more: impl FnOnce(&mut Command)) -> Ran {
        let mut command = command(words);
        command
            .env("ARGOSY_RPC_URL", &self.url)
            .env("ARGOSY_KEYS_DIR", self.keys_dir.path())
            .env("XDG_CONFIG_HOME", self.keys_dir.path());
        more(&mut command);
        Ran::of(command.output().unwrap())
    }

    /// A file of its own.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.keys_dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A file with a passphrase, for its owner only.
    pub(crate) fn passphrase(&self, text: &str) -> String {
        let path = self.file(&text.replace(' ', "-"), text.as_bytes());
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
        path
    }

    /// Waits for something that takes a moment.
    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, is_so: impl Fn(&Dev) -> bool) {
        let begin = Instant::now();
        while !is_so(self) {
            assert!(
                begin.elapsed() < Duration::from_secs(10),
                "not within 10 s: {what}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A figure of its memory, as the system names it.
    pub(crate) fn memory_kib(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|it| it.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Types a line.
    pub(crate) fn type_line(&mut self) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(b"\n").unwrap();
        stdin.flush().unwrap();
    }

    /// Sends a signal and waits for the end, which comes long before a call that waits would: the exit code.
    pub(crate) fn signal(mut self, name: &str) -> Option<i32> {
        let begin = Instant::now();
        let sent = Command::new("kill")
            .arg(name)
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        assert!(sent.success());
        while begin.elapsed() < Duration::from_secs(10) {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("still running after {:?}", begin.elapsed());
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
