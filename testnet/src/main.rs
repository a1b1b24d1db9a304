//! `argosy-testnet`: faults for real daemons, from the command line.
//!
//! Not here: the faults themselves (the library of this crate).

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use argosy_testnet::{CrashOptions, CrashReport, crash};
use clap::Parser;

/// Real networks of processes: faults, load, audit
#[derive(Debug, Parser)]
#[command(name = "argosy-testnet", version)]
enum Cli {
    /// Kill a daemon under load, again and again, and audit it after every restart
    Crash {
        /// The argosyd to kill
        #[arg(long, value_name = "PATH")]
        daemon: PathBuf,
        /// How often
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        kills: u32,
        /// Chooses every instant and every transaction [default: the time]
        #[arg(long)]
        seed: Option<u64>,
    },
}

fn main() -> ExitCode {
    let Cli::Crash {
        daemon,
        kills,
        seed,
    } = Cli::parse();
    let options = CrashOptions {
        daemon,
        kills,
        seed: seed.unwrap_or_else(by_time),
        is_loud: true,
    };
    println!("seed {}", options.seed);
    let begin = Instant::now();
    match crash::run(&options) {
        Ok(report) => {
            print(&report, begin.elapsed());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn by_time() -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    now.as_secs() % 1_000_000
}

fn print(report: &CrashReport, took: Duration) {
    let at = |share: usize| {
        let index = report.restarts.len().saturating_sub(1) * share / 100;
        report
            .restarts
            .get(index)
            .copied()
            .unwrap_or_default()
            .as_millis()
    };
    println!(
        "kills                  {} ({} while it started)",
        report.kills, report.while_starting
    );
    println!("blocks                 {}", report.height);
    println!(
        "transactions           {} ({} sent again)",
        report.transactions, report.resent
    );
    println!(
        "ready after a kill     p50 {} ms, p99 {} ms, at most {} ms",
        at(50),
        at(99),
        at(100)
    );
    println!(
        "stopped by SIGTERM in  {} ms",
        report.stopped_in.as_millis()
    );
    println!("took                   {} s", took.as_secs());
    println!(
        "nothing lost, nothing twice, no token made; a replay ends at the same block and root"
    );
}
