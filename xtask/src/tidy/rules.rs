//! The rules for one file, one function each. A finding reads `path:line: what: what to do`.
//!
//! Not here: which crate is on the rim (`layers::LAYERS` says so).

use super::source::Source;
use crate::layers::{LAYERS, Place};

/// Lines of a file, tests not counted.
const LINES_MAX: usize = 600;

/// Left behind while writing.
const LEFTOVERS: &[&str] = &["dbg!", "todo!", "unimplemented!"];

/// What only the rim may touch (DESIGN invariant 1).
const OUTSIDE_WORLD: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "File::open",
    "UdpSocket",
    "TcpStream",
];

/// The one place where plain decoding is wrapped in limits.
const CODEC: &str = "chain-spec/primitives/src/codec";

/// `hex::decode(…)` and its like do not read SCALE.
const OTHER_CODECS: &[&str] = &["hex", "bech32", "base64", "STANDARD"];

/// Beginnings of absolute paths that exist on one machine only; pieces, so that this file passes its own rule.
const MACHINE_PATHS: &[(&str, &str)] = &[
    ("/ro", "ot/"),
    ("/ho", "me/"),
    ("/Us", "ers/"),
    ("/wo", "rk/"),
    ("/tmp/ar", "gosy"),
];

/// Rules for any text that git tracks.
pub(crate) fn check_text(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().enumerate();
    let found = lines.filter_map(|(index, line)| Some((index + 1, machine_path(line)?)));
    found
        .map(|(line, it)| {
            format!(
                "{path}:{line}: `{it}…` is a path of one machine: derive it or use a relative one"
            )
        })
        .collect()
}

/// Rules for Rust.
pub(crate) fn check_source(source: &Source<'_>) -> Vec<String> {
    let mut problems = leftovers(source);
    if !source.is_test_file() {
        problems.extend(head(source));
        problems.extend(length(source));
        problems.extend(plain_decode(source));
        problems.extend(outside_world(source));
    }
    problems
}

fn machine_path(line: &str) -> Option<String> {
    MACHINE_PATHS
        .iter()
        .map(|(start, end)| format!("{start}{end}"))
        .find(|path| {
            line.match_indices(path.as_str()).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                let after = line[at + path.len()..].chars().next();
                // `~/x`, `$HOME/x`, `a/x` are relative to something; `/x/$USER` names nobody.
                let is_start =
                    !before.is_some_and(|it| it.is_alphanumeric() || "~_-.})/*".contains(it));
                is_start
                    && (!path.ends_with('/')
                        || after.is_some_and(|it| it.is_ascii_alphanumeric() || it == '.'))
            })
        })
}

fn leftovers(source: &Source<'_>) -> Vec<String> {
    let mut problems = Vec::new();
    for (index, line) in source.code.iter().enumerate() {
        for name in LEFTOVERS.iter().filter(|it| has_word(line, it)) {
            problems.push(format!(
                "{}:{}: `{name}`: finish it or take it out",
                source.path,
                index + 1
            ));
        }
    }
    problems
}

fn head(source: &Source<'_>) -> Option<String> {
    let missing = !source.text.starts_with("//!");
    missing.then(|| {
        format!(
            "{}:1: does not begin with `//!`: say what it is, what always holds, what is not here",
            source.path
        )
    })
}

fn length(source: &Source<'_>) -> Option<String> {
    let lines = source.product_lines().count();
    (lines > LINES_MAX).then(|| {
        format!(
            "{}: {lines} lines without tests, of {LINES_MAX}: split it",
            source.path
        )
    })
}

/// `T::decode(x)` has no limit. Inside an `impl Decode` the argument is called `input`, and the caller's limits hold.
fn plain_decode(source: &Source<'_>) -> Vec<String> {
    let is_exempt = source.path.starts_with(CODEC) || source.path.starts_with("contracts/");
    if is_exempt || !source.code.iter().any(|it| has_word(it, "Decode")) {
        return Vec::new();
    }
    let is_plain = |line: &str| {
        line.match_indices("::decode(").any(|(at, call)| {
            let is_input = line[at + call.len()..].starts_with("input)");
            !is_input && !OTHER_CODECS.iter().any(|it| line[..at].ends_with(it))
        })
    };
    let lines = source.product_lines().filter(|(_, line)| is_plain(line));
    lines
        .map(|(line, _)| {
            format!(
                "{}:{line}: plain `decode` has no limits: use decode_untrusted",
                source.path
            )
        })
        .collect()
}

fn outside_world(source: &Source<'_>) -> Vec<String> {
    let is_core = LAYERS.iter().any(|it| {
        it.place == Place::Core && source.path.starts_with(&format!("{}/src/", it.folder))
    });
    if !is_core {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for (line, code) in source.product_lines() {
        for name in OUTSIDE_WORLD.iter().filter(|it| has_word(code, it)) {
            problems.push(format!(
                "{}:{line}: `{name}` below the rim: let the caller pass it in",
                source.path
            ));
        }
    }
    problems
}

/// `name` as a whole word.
fn has_word(line: &str, name: &str) -> bool {
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + name.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let found = check_source(&Source::new(path, text));
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found} lacks {expected}");
        }
    }

    #[test]
    fn wants_a_head() {
        check("node/kv/src/a.rs", "//! A.\nfn f() {}\n", &[]);
        check(
            "node/kv/src/a.rs",
            "fn f() {}\n",
            &["a.rs:1: does not begin"],
        );
        check(
            "node/kv/src/a.rs",
            "/// A.\nfn f() {}\n",
            &["a.rs:1: does not begin"],
        );
        check("node/kv/src/a.rs", "", &["a.rs:1: does not begin"]);
        check("node/kv/tests/it/a.rs", "fn f() {}\n", &[]);
    }

    #[test]
    fn counts_lines_without_tests() {
        let file = |lines: usize| format!("//! A.\n{}", "x\n".repeat(lines - 1));
        check("node/kv/src/a.rs", &file(600), &[]);
        check("node/kv/src/a.rs", &file(601), &["601 lines without tests"]);
        let tests = format!(
            "{}#[cfg(test)]\nmod tests {{\n{}}}\n",
            file(600),
            "x\n".repeat(900)
        );
        check("node/kv/src/a.rs", &tests, &[]);
    }

    #[test]
    fn refuses_leftovers_in_tests_too() {
        check(
            "node/kv/src/a.rs",
            "//! A.\nfn f() { dbg!(1); }\n",
            &["a.rs:2: `dbg!`"],
        );
        check(
            "node/kv/tests/it/a.rs",
            "fn f() { todo!() }\n",
            &["a.rs:1: `todo!`"],
        );
        check(
            "node/kv/src/a.rs",
            "//! A.\nfn f() { unimplemented!() }\n",
            &["a.rs:2: `unimplemented!`"],
        );
        check(
            "node/kv/src/a.rs",
            "//! No todo!().\nfn f() { g(\"dbg!\"); my_todo!(); } // todo!\n",
            &[],
        );
    }

    #[test]
    fn refuses_plain_decoding() {
        let plain = "//! A.\nuse parity_scale_codec::Decode;\nlet a = A::decode(&mut bytes);\n";
        check("node/kv/src/a.rs", plain, &["a.rs:3: plain `decode`"]);
        check("node/rpc/src/a.rs", plain, &["a.rs:3: plain `decode`"]);
        check("chain-spec/primitives/src/codec.rs", plain, &[]);
        check("contracts/sdk/src/a.rs", plain, &[]);
        check(
            "node/kv/src/a.rs",
            "//! A.\n#[derive(Decode)] struct A;\nlet a = u8::decode(input)?;\n",
            &[],
        );
        check(
            "node/kv/src/a.rs",
            "//! A.\n#[derive(Decode)] struct A;\nlet a = const_hex::decode(text)?;\n",
            &[],
        );
        check(
            "node/kv/src/a.rs",
            "//! A.\nlet a = Frame::decode(text)?;\n",
            &[],
        );
    }

    #[test]
    fn keeps_the_outside_world_outside() {
        let reads = "//! A.\nuse std::fs;\nlet a = std::env::var(b);\n";
        check(
            "node/kv/src/a.rs",
            reads,
            &[
                "a.rs:2: `std::fs` below the rim",
                "a.rs:3: `std::env` below the rim",
            ],
        );
        check("node/signer/src/a.rs", reads, &[]);
        check("node/kv/tests/it/a.rs", reads, &[]);
        check(
            "node/kv/src/a.rs",
            "//! A.\n#[cfg(test)]\nmod tests {\nuse std::fs;\n}\n",
            &[],
        );
    }

    #[track_caller]
    fn check_path(line: &str, expected: bool) {
        assert_eq!(!check_text("a.md", line).is_empty(), expected, "{line}");
    }

    #[test]
    fn refuses_paths_of_one_machine() {
        for (start, end) in MACHINE_PATHS {
            check_path(&format!("see {start}{end}a"), true);
            check_path(&format!("\"{start}{end}.cache\""), true);
        }
        check_path(concat!("~/wo", "rk/a"), false);
        check_path(concat!("$HOME/wo", "rk/a"), false);
        check_path(concat!("https://a.example/ho", "me/a"), false);
        check_path(concat!("/ho", "me/$USER"), false);
        check_path("/data/argosy and /usr/bin/env", false);
    }
}
