//! Commands line by line: over a pipe, and as whoever sits at a terminal types them.

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::world::{Dev, Ran, argosy_with_stdin, artifact};

/// A console of a chain, which reads these lines.
fn console(dev: &Dev, options: &[&str], lines: &str) -> Ran {
    let mut words = vec!["--rpc-url", &dev.url, "console"];
    words.extend(options);
    argosy_with_stdin(&words, lines)
}

#[test]
fn lines_of_a_pipe_do_and_print_what_the_commands_do() {
    let dev = Dev::start();
    let file = artifact("counter.wasm");
    let deploy = format!("contract deploy {file} --from alice --get contract -- --start 40");
    let id = dev.line(&deploy).ok().stdout.trim().to_owned();
    let commands = [
        "account get alice".to_owned(),
        "block get -o json".to_owned(),
        format!("contract query {id} -- value"),
    ];
    let alone: String = commands.iter().map(|it| dev.line(it).ok().stdout).collect();
    let lines = format!(
        "# all of it\n\n{}\nargosy {}\n{}",
        commands[0], commands[1], commands[2]
    );
    let ran = console(&dev, &[], &lines).ok();
    assert_eq!(ran.stdout, alone);

    // Quotes are a shell's; nothing is asked; what follows the end is not done.
    let alice = dev.json("account get alice")["address"].clone();
    let lines = format!("rpc account_get '{{ \"address\": {alice} }}' --get nonce\n");
    assert_eq!(console(&dev, &[], &lines).ok().stdout, "1\n");
    let lines = format!("contract call {id} --from bob -- add --add 2\nexit\nnonsense\n");
    console(&dev, &[], &lines).ok().shows(&["success"]);
    let query = format!("contract query {id} --get result -- value");
    assert_eq!(dev.line(&query).ok().stdout.trim(), "42");
}

#[test]
fn the_first_failure_ends_it_with_its_exit_code() {
    let dev = Dev::start();
    let lines = "account balance alice\nnonsense\naccount balance bob\n";
    let told = "line 2 failed with exit code 2";
    let ran = console(&dev, &[], lines).fails(2, &["nonsense", told]);
    assert_eq!(ran.stdout.lines().count(), 1, "{ran:#?}");
    let ran = console(&dev, &["--keep-going"], lines).fails(2, &["nonsense"]);
    assert_eq!(ran.stdout.lines().count(), 2, "{ran:#?}");
    // The code is the first one's, whatever comes then.
    let lines = "--rpc-url http://127.0.0.1:1 account balance alice\nnonsense\n";
    console(&dev, &["--keep-going"], lines).fails(4, &["nonsense"]);
    let lines = "\n# comment\ntx get 'open\n";
    console(&dev, &[], lines).fails(2, &["quotation mark", "line 3 failed"]);
    console(&dev, &[], "").ok();
}

#[test]
fn options_of_the_console_hold_for_its_lines() {
    let dev = Dev::start();
    let lines = "account get alice\naccount get bob -o text\nnonsense\n";
    let ran = console(&dev, &["-o", "json"], lines);
    assert_eq!(ran.code, 2, "{ran:#?}");
    let told: Vec<&str> = ran.stdout.lines().collect();
    let first: Value = serde_json::from_str(told[0]).unwrap();
    assert_eq!(first["nonce"], "0", "{ran:#?}");
    assert!(serde_json::from_str::<Value>(told[1]).is_err(), "{ran:#?}");
    let last: Value = serde_json::from_str(told[told.len() - 1]).unwrap();
    assert_eq!(last["error"]["exitCode"], 2, "{ran:#?}");
}

/// A terminal with a console at it, and what it has shown so far.
struct Terminal {
    child: std::process::Child,
    keyboard: std::process::ChildStdin,
    screen: std::process::ChildStdout,
    shown: Vec<u8>,
}

/// What a program asks a terminal with, to learn where the cursor is; and an answer.
const WHERE: &[u8] = b"\x1b[6n";
const THERE: &[u8] = b"\x1b[1;1R";

impl Terminal {
    fn of(dev: &Dev) -> Terminal {
        let mut terminal = Command::new("script");
        let program = env!("CARGO_BIN_EXE_argosy");
        let command = format!("stty rows 24 cols 100; exec {program} console");
        terminal.args(["--quiet", "--return", "--command", &command, "/dev/null"]);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ARGOSY_") {
                terminal.env_remove(name);
            }
        }
        let home = dev.keys_dir.path();
        terminal
            .env("NO_COLOR", "1")
            .env("TERM", "xterm")
            .env("SHELL", "/bin/sh")
            .env("ARGOSY_RPC_URL", &dev.url)
            .env("ARGOSY_KEYS_DIR", home)
            .env("XDG_CONFIG_HOME", home)
            .env("XDG_STATE_HOME", home);
        let pipes = terminal.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        Terminal {
            keyboard: child.stdin.take().unwrap(),
            screen: child.stdout.take().unwrap(),
            child,
            shown: Vec::new(),
        }
    }

    /// Reads until this is shown, and says where the cursor is when it is asked; gives what was shown since
    /// the last time.
    fn until(&mut self, text: &str) -> String {
        let begin = self.shown.len();
        let mut byte = [0];
        loop {
            let read = self.screen.read(&mut byte).unwrap_or(0);
            let shown = String::from_utf8_lossy(&self.shown[begin..]).into_owned();
            assert_eq!(read, 1, "no {text:?} in {shown:?}");
            self.shown.push(byte[0]);
            if self.shown.ends_with(WHERE) {
                self.keyboard.write_all(THERE).unwrap();
                self.keyboard.flush().unwrap();
            }
            if self.shown[begin..].ends_with(text.as_bytes()) {
                return String::from_utf8_lossy(&self.shown[begin..]).into_owned();
            }
        }
    }

    /// Types a line, and Enter once it is there: what comes all at once may be pasted.
    fn enters(&mut self, line: &str) {
        self.types(line);
        self.until(line);
        self.types("\r");
    }

    fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Its exit code, once it has ended.
    fn ended(mut self) -> Option<i32> {
        let mut rest = Vec::new();
        // A terminal that is gone is an end, too.
        let _ = self.screen.read_to_end(&mut rest);
        self.child.wait().unwrap().code()
    }
}

const PROMPT: &str = "argosy> ";

#[test]
fn at_a_terminal_lines_are_completed_remembered_and_asked_about() {
    let dev = Dev::start();
    let balance = dev.line("account balance alice").ok().stdout;
    let balance = balance.trim().to_owned();
    let mut terminal = Terminal::of(&dev);
    terminal.until(PROMPT);
    terminal.types("account balance ali");
    terminal.until("balance ali");
    terminal.types("\t");
    terminal.until("balance alice");
    terminal.types("\r");
    terminal.until(&balance);
    terminal.until(PROMPT);
    // A failure is told, and is not the end.
    terminal.enters("account balance nobody");
    terminal.until("error:");
    terminal.until(PROMPT);
    // Whoever sits there is asked as ever.
    terminal.enters("tx transfer --from alice --to bob --amount 1");
    terminal.until("[y/N] ");
    terminal.types("n\n");
    terminal.until("nothing was done");
    terminal.until(PROMPT);
    terminal.enters("exit");
    assert_eq!(terminal.ended(), Some(0));

    let history = dev.keys_dir.path().join("argosy/console-history");
    let history = fs::read_to_string(history).unwrap();
    let lines: Vec<&str> = history.lines().map(str::trim_end).collect();
    assert_eq!(
        lines[..2],
        ["account balance alice", "account balance nobody"],
        "{history}"
    );
    // The next one knows it: three lines up.
    let mut terminal = Terminal::of(&dev);
    terminal.until(PROMPT);
    terminal.types("\x1b[A\x1b[A\x1b[A\x1b[A\r");
    terminal.until(&balance);
    terminal.until(PROMPT);
    // Ctrl-D on an empty line.
    terminal.types("\x04");
    assert_eq!(terminal.ended(), Some(0));
}

#[test]
fn ctrl_c_ends_a_command_and_not_the_console() {
    let dev = Dev::start();
    dev.line("tx transfer --from alice --to bob --amount 1")
        .ok();
    let mut terminal = Terminal::of(&dev);
    terminal.until(PROMPT);
    terminal.enters("block watch --after 0");
    // It watches, then.
    terminal.until(" gas");
    terminal.types("\x03");
    terminal.until(PROMPT);
    terminal.enters("account nonce alice");
    terminal.until("\n1");
    terminal.until(PROMPT);
    terminal.enters("exit");
    assert_eq!(terminal.ended(), Some(0));
}
