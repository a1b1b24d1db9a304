//! The attack corpus: every module of `vm/corpus` is uploaded, created and called like anybody's,
//! on both tiers at once, and what came of it is compared with the golden observations.
//!
//! `ARGOSY_BLESS=1` rewrites them. How a file looks is said in `vm/corpus/README.md`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use argosy_primitives::{Action, Address, CodeHash, Gas, Receipt, StatusCode};

use crate::kit::{ALICE, Kit, sign};
use crate::traced;

/// Gas of a call unless the file says otherwise.
const CORPUS_GAS: Gas = 20_000_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vm/corpus")
}

/// One file.
struct Case {
    /// `group/name`.
    name: String,
    module: Result<Vec<u8>, String>,
    head: Head,
}

/// What the comments at the top of a file say.
#[derive(Default)]
struct Head {
    incident: String,
    input: String,
    gas: Option<Gas>,
    other: Option<String>,
}

impl Case {
    fn group(&self) -> &str {
        self.name.split_once('/').map_or("", |it| it.0)
    }
}

fn cases() -> Vec<Case> {
    let mut files = Vec::new();
    for group in fs::read_dir(folder()).unwrap() {
        let group = group.unwrap().path();
        if group.is_dir() {
            let inside = fs::read_dir(group).unwrap();
            files.extend(inside.map(|it| it.unwrap().path()));
        }
    }
    files.sort();
    files.iter().map(|it| case(it)).collect()
}

fn case(file: &Path) -> Case {
    let text = fs::read_to_string(file).unwrap();
    let group = file.parent().unwrap().file_name().unwrap();
    let name = format!(
        "{}/{}",
        group.to_str().unwrap(),
        file.file_stem().unwrap().to_str().unwrap()
    );
    let mut head = Head::default();
    for line in text.lines().take_while(|it| it.starts_with(";;")) {
        let Some((key, value)) = line.trim_start_matches(";;").split_once(':') else {
            continue;
        };
        let value = value.trim().to_owned();
        match key.trim() {
            "incident" => head.incident = value,
            "input" => head.input = value,
            "gas" => head.gas = Some(value.replace('_', "").parse().unwrap()),
            "other" => head.other = Some(value),
            // Continues the words above.
            _ => {}
        }
    }
    Case {
        name,
        module: wat::parse_str(with_init(expand(&text))).map_err(|error| error.to_string()),
        head,
    }
}

/// Writes `{{N|text}}` N times, with `%` for the number of the copy; they may nest.
fn expand(text: &str) -> String {
    let mut text = text.to_owned();
    // The innermost comes first: it is the last to begin.
    while let Some(start) = text.rfind("{{") {
        let end = start + text[start..].find("}}").expect("closed");
        let (count, body) = text[start + 2..end].split_once('|').expect("{{N|text}}");
        let count: usize = count.trim().parse().expect("a number");
        let copies: String = (0..count)
            .map(|copy| body.replace('%', &copy.to_string()))
            .collect();
        text.replace_range(start..end + 2, &copies);
    }
    text
}

/// A contract needs `init`; a text without one gets an empty one, behind everything else.
fn with_init(mut text: String) -> String {
    if !text.contains("\"init\"")
        && !text.contains("(module binary")
        && !text.contains("(component")
    {
        let end = text.rfind(')').expect("closed");
        text.insert_str(end, "(func (export \"init\"))");
    }
    text
}

/// What came of a case, as a line of the golden file.
fn observe(case: &Case, all: &BTreeMap<&str, &Case>) -> String {
    let module = case.module.as_ref().unwrap_or_else(|error| {
        panic!("{}: {error}", case.name);
    });
    let mut kit = Kit::new();
    if let Err(refusal) = kit.engine.accept(module) {
        let receipt = kit.run(
            ALICE,
            vec![Action::StoreCode {
                code: module.clone(),
            }],
        );
        assert_eq!(receipt.status, StatusCode::CodeRejected, "{}", case.name);
        let detail = refusal.to_string();
        let reason = detail.split(';').next().unwrap();
        return format!(
            "refused {} gas {}: {reason}",
            refusal.code(),
            receipt.gas_used
        );
    }
    let code = kit.store_code(ALICE, module.clone());
    let other = match &case.head.other {
        None => None,
        Some(name) => {
            let other = all.get(name.as_str());
            let other = other.unwrap_or_else(|| panic!("{}: no {name}", case.name));
            let code = kit.store_code(ALICE, other.module.clone().unwrap());
            match create(&mut kit, code, 2) {
                Ok(contract) => Some(contract),
                Err(receipt) => panic!("{}: {name} is not created: {receipt:?}", case.name),
            }
        }
    };
    let mut line = String::new();
    match create(&mut kit, code, 1) {
        Err(receipt) => show(&mut line, "init", &receipt),
        Ok(contract) => {
            let message = message(&case.head.input, contract, other, code);
            let action = Action::Call {
                contract,
                funds: 0,
                message,
                abi_hash: None,
            };
            let mut draft = kit.draft(ALICE, vec![action]);
            draft.gas_limit = case.head.gas.unwrap_or(CORPUS_GAS);
            // Whoever listens to an attack hears what happened.
            traced::check(&kit, &sign(ALICE, draft.clone()));
            let receipt = kit.run_draft(ALICE, draft);
            show(&mut line, "call", &receipt);
        }
    }
    line
}

fn create(kit: &mut Kit, code: CodeHash, salt: u8) -> Result<Address, Receipt> {
    let action = Action::Instantiate {
        code,
        salt: [salt; 32],
        admin: None,
        funds: 1_000_000,
        message: Vec::new(),
    };
    let receipt = kit.run(ALICE, vec![action]);
    match receipt.status {
        StatusCode::Success => Ok(Address::from_bytes(receipt.data[..32].try_into().unwrap())),
        _ => Err(receipt),
    }
}

/// The call's message: words `self`, `other`, `code`, `0x…` and texts, end to end.
fn message(words: &str, own: Address, other: Option<Address>, code: CodeHash) -> Vec<u8> {
    let mut message = Vec::new();
    for word in words.split_whitespace() {
        match word {
            "self" => message.extend(own.as_bytes()),
            "other" => message.extend(other.expect("`other:` names a file").as_bytes()),
            "code" => message.extend(code.as_bytes()),
            word => match word.strip_prefix("0x") {
                Some(digits) => message.extend(
                    (0..digits.len() / 2)
                        .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()),
                ),
                None => message.extend(word.as_bytes()),
            },
        }
    }
    message
}

fn show(line: &mut String, step: &str, receipt: &Receipt) {
    let (status, gas) = (receipt.status.as_str(), receipt.gas_used);
    write!(line, "{step} {status} gas {gas}").unwrap();
    if !receipt.data.is_empty() {
        let shown = receipt.data.iter().take(40).map(|it| format!("{it:02x}"));
        write!(line, " data {}", shown.collect::<String>()).unwrap();
    }
}

/// Runs a group and compares it with its golden file.
#[track_caller]
fn check(group: &str) {
    let cases = cases();
    let all: BTreeMap<&str, &Case> = cases.iter().map(|it| (it.name.as_str(), it)).collect();
    let mut observed = String::new();
    for case in cases.iter().filter(|it| it.group() == group) {
        assert!(!case.head.incident.is_empty(), "{}: no incident", case.name);
        writeln!(observed, "{}: {}", case.name, observe(case, &all)).unwrap();
    }
    assert!(!observed.is_empty(), "no cases in {group}");
    let file = folder().join(format!("{group}.golden.txt"));
    if std::env::var_os("ARGOSY_BLESS").is_some() {
        fs::write(&file, &observed).unwrap();
    }
    let golden = fs::read_to_string(&file).unwrap_or_default();
    for (line, expected) in observed.lines().zip(golden.lines()) {
        assert_eq!(line, expected);
    }
    assert_eq!(observed.lines().count(), golden.lines().count());
}

macro_rules! groups {
    ($($group:ident)*) => {
        $(
            #[test]
            fn $group() {
                check(stringify!($group));
            }
        )*

        #[test]
        fn every_case_is_in_a_group_that_runs() {
            let known = [$(stringify!($group),)*];
            let cases = cases();
            assert!(cases.len() >= 80, "{}", cases.len());
            for case in cases {
                assert!(known.contains(&case.group()), "{}", case.name);
            }
        }
    };
}

groups! { code_bombs compile_bombs gas host memory proposals reentry section_bombs sections stack table traps }

#[test]
fn copies_nest() {
    assert_eq!(expand("a {{2|x% }}b"), "a x0 x1 b");
    assert_eq!(expand("{{2|({{2|y}})}}"), "(yy)(yy)");
}
