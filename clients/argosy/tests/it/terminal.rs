//! What whoever sits at a terminal sees and is asked: a preview, a question, colours. `script` is the terminal.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::world::{Dev, artifact};

const QUESTION: &str = "[y/N] ";

/// What a command shows on a terminal of `dev`, and its exit code. `answer` is typed when it asks.
#[track_caller]
fn at_terminal(
    dev: &Dev,
    line: &str,
    answer: Option<&str>,
    colours: bool,
) -> (Option<i32>, String) {
    let mut terminal = Command::new("script");
    let command = format!("exec {} {line}", env!("CARGO_BIN_EXE_argosy"));
    terminal.args(["--quiet", "--return", "--command", &command, "/dev/null"]);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ARGOSY_") {
            terminal.env_remove(name);
        }
    }
    terminal
        .env_remove("NO_COLOR")
        .env("SHELL", "/bin/sh")
        .env("ARGOSY_RPC_URL", &dev.url)
        .env("ARGOSY_KEYS_DIR", dev.keys_dir.path())
        .env("XDG_CONFIG_HOME", dev.keys_dir.path());
    if !colours {
        terminal.env("NO_COLOR", "1");
    }
    let pipes = terminal.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut terminal = pipes.spawn().unwrap();
    // Open to the end: a terminal that hangs up ends the command.
    let mut keyboard = terminal.stdin.take().unwrap();
    let mut screen = terminal.stdout.take().unwrap();
    let mut shown = Vec::new();
    if let Some(answer) = answer {
        let mut byte = [0];
        while !shown.ends_with(QUESTION.as_bytes()) {
            assert_eq!(
                screen.read(&mut byte).unwrap(),
                1,
                "{}",
                String::from_utf8_lossy(&shown)
            );
            shown.push(byte[0]);
        }
        keyboard.write_all(answer.as_bytes()).unwrap();
        keyboard.write_all(b"\n").unwrap();
        keyboard.flush().unwrap();
    }
    screen.read_to_end(&mut shown).unwrap();
    let code = terminal.wait().unwrap().code();
    drop(keyboard);
    (code, String::from_utf8_lossy(&shown).into_owned())
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
}
