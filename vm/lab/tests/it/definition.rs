//! `docs/vm.md` repeats nothing by hand: its tables are written from the code, and compared with it
//! here. `ARGOSY_BLESS=1` writes them.

use std::fmt::Write;

use argosy_vm_abi::{IMPORTS, ImportSpec, ValType};
use argosy_vm_engine::{Feature, Reason};
use argosy_vm_host::TrapKind;

const DEV: &str = include_str!("../../../../chain-spec/networks/dev.toml");

fn page_file() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/vm.md")
}

/// The rows of a table of the development chain's spec, with the words beside them.
fn spec_table(section: &str) -> String {
    let head = format!("[{section}]");
    let mut table = String::from("| field | value | |\n|---|---|---|\n");
    let lines = DEV.lines().skip_while(|it| !it.starts_with(&head)).skip(1);
    for line in lines.take_while(|it| !it.starts_with('[')) {
        let Some((field, rest)) = line.split_once(" = ") else {
            continue;
        };
        let (value, words) = rest.split_once('#').unwrap_or((rest, ""));
        let (value, words) = (value.trim().replace('_', " "), words.trim());
        writeln!(table, "| `{field}` | {value} | {words} |").expect("a string");
    }
    table
}

fn signature(import: &ImportSpec) -> String {
    let name = |ty: &ValType| match ty {
        ValType::I32 => "i32",
        ValType::I64 => "i64",
    };
    let params: Vec<_> = import.params.iter().map(name).collect();
    let result = import.result.map_or("nothing", |it| name(&it));
    format!("({}) -> {result}", params.join(", "))
}

fn generated(name: &str) -> String {
    let mut table = String::new();
    let mut row = |cells: &[&str]| {
        writeln!(table, "| {} |", cells.join(" | ")).expect("a string");
    };
    match name {
        "limits.native" => return spec_table("vm.native"),
        "limits.chain" => return spec_table("limits"),
        "prices.instructions" => return spec_table("instruction_prices"),
        "prices.load" => return spec_table("load_prices"),
        "prices.upload" => return spec_table("upload_prices"),
        "prices.host" => return spec_table("host_prices"),
        "imports" => {
            row(&["import", "signature"]);
            row(&["---", "---"]);
            for import in IMPORTS {
                row(&[&format!("`{}`", import.name), &signature(import)]);
            }
        }
        "features" => {
            row(&["feature", "how to build without it"]);
            row(&["---", "---"]);
            for feature in Feature::ALL {
                row(&[&format!("`{}`", feature.as_str()), feature.hint()]);
            }
        }
        "refusals" => {
            row(&["code"]);
            row(&["---"]);
            for code in Reason::CODES {
                row(&[&format!("`{code}`")]);
            }
        }
        "traps" => {
            row(&["kind", "what happened"]);
            row(&["---", "---"]);
            for kind in TrapKind::ALL {
                row(&[&format!("`{}`", kind.as_str()), kind.explain()]);
            }
        }
        other => panic!("docs/vm.md asks for a table {other}"),
    }
    table
}

#[test]
fn the_tables_of_the_definition_are_those_of_the_code() {
    let page = std::fs::read_to_string(page_file()).expect("docs/vm.md");
    let mut parts = page.split("<!-- generated: ");
    let mut written = parts.next().unwrap_or_default().to_owned();
    let mut names = Vec::new();
    for part in parts {
        let (name, rest) = part.split_once(" -->").expect("closed");
        let (_, rest) = rest.split_once("<!-- end -->").expect("ended");
        write!(
            written,
            "<!-- generated: {name} -->\n\n{}\n<!-- end -->{rest}",
            generated(name)
        )
        .expect("a string");
        names.push(name);
    }
    if std::env::var_os("ARGOSY_BLESS").is_some() {
        std::fs::write(page_file(), &written).expect("writable");
        return;
    }
    assert_eq!(page, written);
    names.sort_unstable();
    let all = [
        "features",
        "imports",
        "limits.chain",
        "limits.native",
        "prices.host",
        "prices.instructions",
        "prices.load",
        "prices.upload",
        "refusals",
        "traps",
    ];
    assert_eq!(names, all);
}

#[test]
fn the_definition_names_what_only_it_can() {
    let page = std::fs::read_to_string(page_file()).expect("docs/vm.md");
    for name in [
        argosy_vm_prepare::GAS_GLOBAL,
        argosy_vm_prepare::DEPTH_GLOBAL,
        argosy_vm_prepare::MEMORY_GROW_IMPORT,
        "left / 64",
        "0x7ff8000000000000",
        "0x7fc00000",
    ] {
        assert!(page.contains(name), "{name}");
    }
    for import in IMPORTS {
        let described = page.matches(import.name).count();
        assert!(described > 1, "{} is only in the table", import.name);
    }
}
