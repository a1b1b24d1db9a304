//! Chores of the workspace that need more than a shell line. `./x` calls them; `cargo xtask help` lists them.
//!
//! Each check returns its findings as lines of text, `path: what is wrong: what to do`, and fails if there are any.
//! Not here: anything the chain or a client runs.

mod contracts; // rebuild the sample contracts and compare them
mod docs; // run the commands that pages show
mod events; // codes by which operators watch a log
mod kubernetes; // manifests and what they promise
mod layers; // which crate may use which
mod licences; // what we link may be given on
mod sbom; // what is in a program
mod threats; // what the threat model names is there
mod tidy; // how files look, how long tests take
mod workspace; // what cargo says about the workspace

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask layers            arrows between crates and heavy dependencies, by the table in xtask/src/layers/table.rs
cargo xtask tidy              how files begin, their length, leftovers, plain decoding, machine paths, slow tests
cargo xtask threats           tests and commands that docs/threat-model.md names
cargo xtask licences          licences and sources of all dependencies, by the lists in deny.toml
cargo xtask events            every log line for operators has a code, which docs/operations/events.md explains
cargo xtask docs [--full] [PAGE...]    runs every command that README.md, CONTRIBUTING.md and docs/ show;
                                those that take minutes if they are named, or with --full
cargo xtask kubernetes          every overlay in docker/kubernetes, by the schemas and by its promises
cargo xtask sbom PACKAGE        what a program is made of, as CycloneDX 1.5 (JSON) on stdout
cargo xtask contracts [--bless]   compares freshly built contracts with contracts/artifacts, or replaces them
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (verb, rest) = match arguments.split_first() {
        Some((verb, rest)) => (verb.as_str(), rest),
        None => ("help", [].as_slice()),
    };
    std::env::set_current_dir(workspace::root()?)?;
    match verb {
        "layers" => report("layers", layers::run()?),
        "tidy" => report("tidy", tidy::run()?),
        "threats" => report("threats", threats::run()?),
        "licences" => report("licences", licences::run()?),
        "events" => report("events", events::run()?),
        "docs" => report("docs", docs::run(rest)?),
        "kubernetes" => report("kubernetes", kubernetes::run()?),
        "sbom" => sbom::run(rest),
        "contracts" => report("contracts", contracts::run(rest)?),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("no chore is called `{other}`\n\n{HELP}"),
    }
}

/// What a check says when all is well, and what it found.
struct Report {
    checked: String,
    problems: Vec<String>,
}

fn report(name: &str, report: Report) -> Result<()> {
    for problem in &report.problems {
        eprintln!("{problem}");
    }
    match report.problems.len() {
        0 => {
            println!("{name}: {}", report.checked);
            Ok(())
        }
        1 => bail!("{name}: 1 problem"),
        count => bail!("{name}: {count} problems"),
    }
}
