//! What whoever sits at a terminal sees and is asked: a preview, a question, a sign that something is under way,
//! colours. `script` is the terminal.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::world::{Dev, artifact};

const QUESTION: &str = "[y/N] ";

/// A command at a terminal of its own, and what it has shown so far.
struct Sitting {
    terminal: Child,
    /// Open to the end: a terminal that hangs up ends the command.
    keyboard: ChildStdin,
    screen: ChildStdout,
    shown: Vec<u8>,
}

impl Sitting {
    fn at(dev: &Dev, line: &str, environment: &[(&str, &str)]) -> Sitting {
        let mut terminal = Command::new("script");
        let program = env!("CARGO_BIN_EXE_argosy");
        let command = format!("stty rows 24 cols 120; exec {program} {line}");
        terminal.args(["--quiet", "--return", "--command", &command, "/dev/null"]);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ARGOSY_") {
                terminal.env_remove(name);
            }
        }
        terminal
            .env_remove("NO_COLOR")
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm")
            .env("ARGOSY_RPC_URL", &dev.url)
            .env("ARGOSY_KEYS_DIR", dev.keys_dir.path())
            .env("XDG_CONFIG_HOME", dev.keys_dir.path())
            .envs(environment.iter().copied());
        let pipes = terminal.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut terminal = pipes.spawn().unwrap();
        Sitting {
            keyboard: terminal.stdin.take().unwrap(),
            screen: terminal.stdout.take().unwrap(),
            terminal,
            shown: Vec::new(),
        }
    }

    /// Reads until this is shown.
    #[track_caller]
    fn until(&mut self, text: &str) {
        let mut byte = [0];
        while !self.shown.ends_with(text.as_bytes()) {
            let read = self.screen.read(&mut byte).unwrap();
            assert_eq!(
                read,
                1,
                "no {text:?} in {}",
                String::from_utf8_lossy(&self.shown)
            );
            self.shown.push(byte[0]);
        }
    }

    fn types(&mut self, line: &str) {
        self.keyboard.write_all(line.as_bytes()).unwrap();
        self.keyboard.write_all(b"\n").unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Its exit code, and all that it has shown.
    fn ended(mut self) -> (Option<i32>, String) {
        self.screen.read_to_end(&mut self.shown).unwrap();
        let code = self.terminal.wait().unwrap().code();
        (code, String::from_utf8_lossy(&self.shown).into_owned())
    }
}

/// What a command shows on a terminal of `dev`, and its exit code. `answer` is typed when it asks.
#[track_caller]
fn at_terminal(
    dev: &Dev,
    line: &str,
    answer: Option<&str>,
    colours: bool,
) -> (Option<i32>, String) {
    let plain = [("NO_COLOR", "1")];
    let mut sitting = Sitting::at(dev, line, if colours { &[] } else { &plain });
    if let Some(answer) = answer {
        sitting.until(QUESTION);
        sitting.types(answer);
    }
    sitting.ended()
}

fn counter(dev: &Dev) -> String {
    let file = artifact("counter.wasm");
    let deploy = format!("contract deploy {file} --from alice --get contract -- --start 40");
    dev.line(&deploy).ok().stdout.trim().to_owned()
}

#[test]
fn a_transaction_is_shown_and_asked_for() {
    let dev = Dev::start();
    let id = counter(&dev);
    let line = format!("contract call {id} --from bob -- add --add 2");
    for no in ["n", "", "yeah"] {
        let (code, shown) = at_terminal(&dev, &line, Some(no), false);
        assert_eq!(code, Some(1), "{shown}");
        for text in [
            "add(add: 2)",
            "at most",
            "Raised { by: bob, value: 42 }",
            "nothing was done",
        ] {
            assert!(shown.contains(text), "no {text:?} in {shown}");
        }
    }
    assert_eq!(dev.json("account get bob")["nonce"], "0");
    let (code, shown) = at_terminal(&dev, &line, Some("y"), false);
    assert_eq!(code, Some(0), "{shown}");
    assert!(
        shown.contains("Sign and send it?") && shown.contains("status       success"),
        "{shown}"
    );
    assert_eq!(dev.json("account get bob")["nonce"], "1");
}

#[test]
fn who_said_yes_or_wants_no_questions_is_asked_none() {
    let dev = Dev::start();
    let line = "tx transfer --from alice --to bob --amount 1";
    let (code, shown) = at_terminal(&dev, &format!("{line} --yes"), None, false);
    assert_eq!(code, Some(0), "{shown}");
    assert!(
        shown.contains("at most") && !shown.contains(QUESTION),
        "{shown}"
    );
    let (code, shown) = at_terminal(&dev, &format!("{line} --no-input"), None, false);
    assert_eq!(code, Some(0), "{shown}");
    assert!(
        !shown.contains("at most") && !shown.contains(QUESTION),
        "{shown}"
    );
    let (code, shown) = at_terminal(&dev, "keys new me --no-input", None, false);
    assert_eq!(code, Some(2), "{shown}");
    assert!(shown.contains("no terminal to ask"), "{shown}");
}

/// Standard input is the transaction: nobody can answer, but somebody may look.
#[test]
fn what_is_signed_is_shown_also_where_nobody_can_be_asked() {
    let dev = Dev::start();
    let path = |name: &str| dev.keys_dir.path().join(name).display().to_string();
    let (unsigned, signed) = (path("unsigned.json"), path("signed.json"));
    dev.line(&format!(
        "tx transfer --from alice --to bob --amount 1.5 --unsigned {unsigned}"
    ))
    .ok();
    let sign = format!("tx sign - --from alice --out {signed}");
    let (code, shown) = at_terminal(&dev, &format!("{sign} < {unsigned}"), None, false);
    assert_eq!(code, Some(0), "{shown}");
    assert!(
        shown.contains("transfer 1.5 ARGO") && !shown.contains(QUESTION),
        "{shown}"
    );
    let quiet = format!("{sign} --quiet < {unsigned}");
    let (code, shown) = at_terminal(&dev, &quiet, None, false);
    assert_eq!(code, Some(0), "{shown}");
    assert!(!shown.contains("transfer 1.5 ARGO"), "{shown}");
}

#[test]
fn a_key_is_removed_by_who_says_so() {
    let dev = Dev::start();
    let lock = dev.passphrase("lock");
    dev.run(&["keys", "new", "me", "--passphrase-file", &lock])
        .ok();
    assert_eq!(
        at_terminal(&dev, "keys remove me", Some("n"), false).0,
        Some(1)
    );
    dev.line("keys show me").ok();
    assert_eq!(
        at_terminal(&dev, "keys remove me", Some("yes"), false).0,
        Some(0)
    );
    dev.line("keys show me").fails(2, &["there is no key me"]);
}

#[test]
fn colours_are_for_terminals_unless_they_are_not_wanted() {
    let dev = Dev::start();
    let colour = |words: &str, colours| {
        let (code, shown) = at_terminal(&dev, &format!("account get alice {words}"), None, colours);
        assert_eq!(code, Some(0), "{shown}");
        shown.contains("\x1b[")
    };
    assert!(colour("", true));
    assert!(!colour("", false));
    assert!(!colour("--color never", true));
    assert!(colour("--color always", false));
    let simple = Sitting::at(&dev, "account get alice", &[("TERM", "dumb")]);
    let (code, shown) = simple.ended();
    assert_eq!(code, Some(0), "{shown}");
    assert!(!shown.contains('\x1b'), "{shown}");
}

/// The block that it waits for is made once the sign is seen.
#[test]
fn a_sign_moves_while_a_command_waits_and_is_gone_behind_it() {
    let dev = Dev::start_with(&["--block-time", "manual"]);
    let line = "tx transfer --from alice --to bob --amount 1 --yes";
    let sent = |words: &str, environment: &[(&str, &str)], sign: &str| {
        let mut sitting = Sitting::at(&dev, &format!("{line} {words}"), environment);
        sitting.until(sign);
        dev.wait_until("a transaction waits", |dev| {
            dev.json("rpc system_health")["pool"]["transactions"] == 1
        });
        dev.line("dev mine").ok();
        let (code, shown) = sitting.ended();
        assert_eq!(code, Some(0), "{shown}");
        assert!(shown.contains("success"), "{shown}");
        shown
    };
    let shown = sent("", &[("NO_COLOR", "1")], "sending 0x");
    let (before, after) = shown.rsplit_once(" sending 0x").unwrap();
    let is_sign = |it: char| ('\u{2800}'..='\u{28ff}').contains(&it);
    assert!(before.ends_with(is_sign), "{shown}");
    // The line is taken away before the result comes.
    let (sign, result) = after.split_once("\x1b[2K").unwrap();
    assert!(
        !sign.contains("status") && result.contains("status"),
        "{shown}"
    );
    // Where nothing can move, it is a line, and with --quiet it is nothing.
    let shown = sent("", &[("TERM", "dumb")], "sending 0x");
    assert!(
        !shown.contains('\x1b') && shown.matches("sending 0x").count() == 1,
        "{shown}"
    );
    let shown = sent("--quiet", &[("NO_COLOR", "1")], "");
    assert!(!shown.contains("sending"), "{shown}");
}
