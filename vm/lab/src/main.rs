//! `argosy-vm-lab`: fuzzing, and running reports of nodes again.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use argosy_spec::ChainSpec;
use argosy_vm_engine::on_big_stack;
use argosy_vm_lab::calibrate::calibrate;
use argosy_vm_lab::{Tally, fuzz_cosmwasm, fuzz_one, replay_report};
use clap::{Parser, Subcommand, ValueEnum};

/// Puts the VM to the test.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs random contracts on both tiers and stops at the first disagreement.
    Fuzz {
        /// How many.
        #[arg(long, default_value_t = 10_000)]
        modules: u64,
        /// Seed of the first; the others follow.
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// Of which ABI.
        #[arg(long, value_enum, default_value_t = Abi::Native)]
        abi: Abi,
        /// Where to write the module that shows a disagreement.
        #[arg(long, default_value = "disagreement.wasm")]
        out: PathBuf,
    },
    /// Compares native code, the raw engines and both tiers.
    Bench,
    /// Measures messages to contracts of Cosmos chains.
    Cosmwasm {
        /// The contracts, each in a file NAME-VERSION.wasm.
        files: Vec<PathBuf>,
    },
    /// Measures this machine, derives prices, and prints docs/calibration.md.
    Calibrate,
    /// Runs the frame of a report, which a node with `vm.tier = "shadow"` wrote, on both tiers.
    Report {
        /// The file.
        file: PathBuf,
        /// Chain spec of the node; without it, the development chain's.
        #[arg(long)]
        chain: Option<PathBuf>,
    },
}

/// ABIs for which there are random contracts.
#[derive(Clone, Copy, ValueEnum)]
enum Abi {
    /// The chain's own.
    Native,
    /// That of Cosmos chains.
    Cosmwasm,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Fuzz {
            modules,
            seed,
            abi,
            out,
        } => fuzz((modules, abi), seed, &out),
        Command::Bench => {
            print!("{}", argosy_vm_lab::bench::bench());
            Ok(())
        }
        Command::Cosmwasm { files } => {
            let measured = on_big_stack(|| argosy_vm_lab::bench::cosmwasm(&files))?;
            print!("{}", measured.context("a contract cannot be read")?);
            Ok(())
        }
        Command::Calibrate => {
            print!("{}", calibrate());
            Ok(())
        }
        Command::Report { file, chain } => {
            let read =
                |path: &Path| std::fs::read(path).with_context(|| path.display().to_string());
            let spec = match chain {
                Some(path) => ChainSpec::from_toml(&String::from_utf8(read(&path)?)?)?,
                None => ChainSpec::dev(),
            };
            println!("{}", replay_report(&spec, &read(&file)?)?);
            Ok(())
        }
    }
}

fn fuzz((modules, abi): (u64, Abi), first: u64, out: &PathBuf) -> anyhow::Result<()> {
    let mut tally = Tally::default();
    let one = match abi {
        Abi::Native => fuzz_one,
        Abi::Cosmwasm => fuzz_cosmwasm,
    };
    for number in 0..modules {
        let seed = first.wrapping_add(number);
        if let Err(found) = on_big_stack(|| one(seed, &mut tally))? {
            std::fs::write(out, &found.module)?;
            println!("{tally}");
            bail!(
                "the tiers disagree on seed {}: {}\nshrunk module: {} ({} bytes)",
                found.seed,
                found.what,
                out.display(),
                found.module.len()
            );
        }
        if (number + 1) % 10_000 == 0 {
            eprintln!("{tally}");
        }
    }
    for (reason, count) in &tally.reasons {
        eprintln!("refused {count}: {reason}");
    }
    println!("{tally}, 0 disagreements");
    Ok(())
}
