//! The built modules: accepted by the chain, small, described in full.

use std::fmt::Write as _;

use argosy_vm_abi::schema::{Field, TypeDef};
use argosy_vm_abi::{Abi, Capabilities, Entry};

use crate::chain::{artifact, facts};

#[track_caller]
fn check(name: &str, bytes_max: usize, capabilities: Capabilities, entries: &[Entry]) {
    let code = artifact(name);
    let mut facts = facts(&code);
    facts.entries.sort();
    assert_eq!(facts.manifest.capabilities, capabilities);
    assert_eq!(facts.entries, entries);
    assert_eq!(
        facts.memory_initial_pages, 1,
        "a second page costs gas in every call"
    );
    assert!(
        code.len() <= bytes_max,
        "{name}: {} bytes, at most {bytes_max}",
        code.len()
    );
    for path in ["/home/", "/root/", ".cargo", ".rs"] {
        let holds_path = code.windows(path.len()).any(|it| it == path.as_bytes());
        assert!(!holds_path, "{name} tells where it was built: {path}");
    }
    let abi = Abi::parse(&facts.abi.expect("a schema")).expect("follows its rules");
    let contract = abi.contract.as_ref().expect("a name");
    assert_eq!(contract.name, name);
    compare(name, &text_of(&abi));
}

#[test]
fn modules_are_small_and_described() {
    let entries = [Entry::Init, Entry::Call, Entry::Query, Entry::Upgrade];
    check("counter", 4 * 1024, Capabilities::NONE, &entries[..3]);
    check("token", 16 * 1024, Capabilities::NONE, &entries[..3]);
    check("probe", 64 * 1024, Capabilities::ALL, &entries);
}

#[test]
fn samples_are_accepted_and_described() {
    let entries = [Entry::Init, Entry::Call, Entry::Query, Entry::Upgrade];
    let (none, pays) = (Capabilities::NONE, Capabilities::TRANSFER);
    let calls = Capabilities::CALL;
    let samples = [
        ("nft", none),
        ("multisig", pays.union(calls)),
        ("escrow", pays),
        ("exchange", pays.union(calls)),
        ("names", pays),
        ("vesting", pays),
        ("poll", none),
        ("devices", none),
        ("attestation", calls),
        ("lots", none),
    ];
    for (name, capabilities) in samples {
        check(name, 24 * 1024, capabilities, &entries[..3]);
    }
    check("upgradeable", 24 * 1024, Capabilities::UPGRADE, &entries);
}

#[test]
fn the_guide_tells_the_sizes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = folder.join("../../docs/contracts/README.md");
    let text = std::fs::read_to_string(&page).expect("the page is there");
    let mut told = 0;
    for line in text
        .lines()
        .filter(|it| it.starts_with("| ") && it.contains('`'))
    {
        let name = line.split('`').nth(1).expect("a name in backticks");
        let bytes = artifact(name).len();
        let thousands = format!("| {} {:03} |", bytes / 1000, bytes % 1000);
        assert!(
            line.contains(&thousands),
            "{}: {name} has {bytes} bytes",
            page.display()
        );
        told += 1;
    }
    let folder = folder.join("../artifacts");
    let modules = std::fs::read_dir(folder).expect("the folder is there");
    let is_module = |it: &std::path::PathBuf| it.extension().is_some_and(|it| it == "wasm");
    let built = modules.flatten().map(|it| it.path()).filter(is_module);
    // All but those for tests of the node.
    assert_eq!(told + 2, built.count(), "a sample is missing");
}

/// Compares with `tests/golden/<name>.abi.txt`; `ARGOSY_BLESS=1` writes it.
fn compare(name: &str, found: &str) {
    let path = format!("{}/tests/golden/{name}.abi.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("ARGOSY_BLESS").is_some() {
        std::fs::write(&path, found).expect("the golden folder is writable");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        found, expected,
        "{path} differs; ARGOSY_BLESS=1 rewrites it"
    );
}

/// The schema as a page to read.
fn text_of(abi: &Abi) -> String {
    let mut text = String::new();
    let mut line = |indent: usize, line: String, docs: &str| {
        let indent = "  ".repeat(indent);
        let comment = docs.lines().next().filter(|it| !it.is_empty());
        let comment = comment.map(|it| format!("  # {it}")).unwrap_or_default();
        writeln!(text, "{indent}{line}{comment}").expect("text takes everything");
    };
    if let Some(contract) = &abi.contract {
        line(
            0,
            format!("contract {} {}", contract.name, contract.version),
            &contract.docs,
        );
    }
    for it in &abi.messages {
        let payable = if it.payable { " payable" } else { "" };
        let error = it
            .error
            .as_ref()
            .map(|it| format!(" or {it}"))
            .unwrap_or_default();
        let kind = it.kind.entry().export_name();
        let [a, b, c, d] = it.selector;
        let (name, args, returns) = (&it.name, list(&it.args), &it.returns);
        line(
            1,
            format!(
                "{kind} {a:02x}{b:02x}{c:02x}{d:02x} {name}({args}) -> {returns}{error}{payable}"
            ),
            &it.docs,
        );
    }
    for it in &abi.events {
        let fields = it.fields.iter().map(|it| {
            let topic = if it.indexed { "topic " } else { "" };
            format!("{topic}{}: {}", it.name, it.ty)
        });
        line(
            1,
            format!(
                "event {} {{ {} }}",
                it.name,
                fields.collect::<Vec<_>>().join(", ")
            ),
            &it.docs,
        );
    }
    for it in &abi.types {
        match &it.def {
            TypeDef::Struct(fields) => {
                line(
                    1,
                    format!("struct {} {{ {} }}", it.name, list(fields)),
                    &it.docs,
                );
            }
            TypeDef::Enum(variants) => {
                line(1, format!("enum {}", it.name), &it.docs);
                for variant in variants {
                    let (index, name) = (variant.index, &variant.name);
                    line(
                        2,
                        format!("{index} {name} {{ {} }}", list(&variant.fields)),
                        "",
                    );
                }
            }
        }
    }
    for it in &abi.storage {
        let kind = it
            .kind
            .map(|it| format!("{} ", it.as_str()))
            .unwrap_or_default();
        line(1, format!("state {}: {kind}{}", it.name, it.ty), "");
    }
    text
}

fn list(fields: &[Field]) -> String {
    let fields = fields.iter().map(|it| format!("{}: {}", it.name, it.ty));
    fields.collect::<Vec<_>>().join(", ")
}
