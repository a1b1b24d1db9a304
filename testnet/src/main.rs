//! `argosy-testnet`: faults for real daemons, from the command line.
//!
//! Not here: the faults themselves (the library of this crate).

use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use argosy_testnet::bench::rpc::Part;
use argosy_testnet::{
    BenchOptions, CostOptions, CrashOptions, CrashReport, DamageOptions, DamageReport,
    FaultOptions, FaultReport, RpcOptions, bench, crash, damage, faults,
};
use clap::{Args, Parser, Subcommand};

/// Real networks of processes: faults, load, audit
#[derive(Debug, Parser)]
#[command(name = "argosy-testnet", version)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Kill a daemon under load, again and again, and audit it after every restart
    Crash {
        #[command(flatten)]
        common: Common,
        /// How often
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        kills: u32,
    },
    /// Kill validators of a network under load, one, two and all at once, and audit all nodes after every strike
    Faults {
        #[command(flatten)]
        common: Common,
        /// How often
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        kills: u32,
        /// Nodes that vote
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(4..=9))]
        validators: u16,
        /// Nodes that follow
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(0..=1))]
        full_nodes: u16,
    },
    /// Measure a network of four validators
    Bench(Figures),
    /// Measure what an empty block, a transfer and a token call take of a validator, and the images
    Cost(Costs),
    /// Measure what clients get, and what a validator notices of clients that do their worst
    Rpc(Calls),
    /// Damage the files of one validator of four, and start it against the others, again and again
    Damage {
        #[command(flatten)]
        common: Common,
        /// Flipped bits, besides files that are removed, zeroed, cut short and rolled back
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(0..=100_000))]
        flips: u32,
        /// Only so many of all of these, as the seed chooses
        #[arg(long, value_name = "N", default_value_t = u32::MAX)]
        wounds_max: u32,
    },
}

#[derive(Debug, Args)]
struct Figures {
    /// The argosyd to measure
    #[arg(long, value_name = "PATH")]
    daemon: PathBuf,
    /// Seconds that each measurement goes on
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Blocks that a late validator has missed
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(10..=100_000))]
    missed: u64,
}

#[derive(Debug, Args)]
struct Costs {
    /// The argosyd to measure
    #[arg(long, value_name = "PATH")]
    daemon: PathBuf,
    /// Seconds without load
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(5..=600))]
    idle: u64,
    /// Transactions of each kind
    #[arg(long, value_name = "N", default_value_t = 3_000, value_parser = clap::value_parser!(u64).range(100..=100_000))]
    count: u64,
}

#[derive(Debug, Args)]
struct Calls {
    /// The argosyd to measure
    #[arg(long, value_name = "PATH")]
    daemon: PathBuf,
    /// The argosy to measure
    #[arg(long, value_name = "PATH")]
    argosy: PathBuf,
    /// These parts only, with commas between them
    #[arg(long, value_enum, value_name = "PART", value_delimiter = ',')]
    only: Vec<Part>,
    /// Calls of each method over each transport
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1_000..=100_000))]
    calls: u32,
    /// Seconds of each flood
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = clap::value_parser!(u64).range(5..=1_800))]
    flood: u64,
    /// From block to block while there are floods
    #[arg(long, value_name = "TIME", default_value = "100ms")]
    target_time: String,
}

#[derive(Debug, Args)]
struct Common {
    /// The argosyd to kill
    #[arg(long, value_name = "PATH")]
    daemon: PathBuf,
    /// Chooses every instant and every transaction [default: the time]
    #[arg(long)]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let begin = Instant::now();
    let ended = match Cli::parse().what {
        What::Crash { common, kills } => {
            let options = CrashOptions {
                seed: common.seed(),
                daemon: common.daemon,
                kills,
                is_loud: true,
            };
            crash::run(&options).map(|it| print_crash(&it))
        }
        What::Faults {
            common,
            kills,
            validators,
            full_nodes,
        } => {
            let options = FaultOptions {
                seed: common.seed(),
                daemon: common.daemon,
                kills,
                validators,
                full_nodes,
                is_loud: true,
            };
            faults::run(&options).map(|it| print_faults(&it))
        }
        What::Bench(figures) => bench::run(&BenchOptions {
            daemon: figures.daemon,
            each: Duration::from_secs(figures.seconds),
            missed: figures.missed,
        }),
        What::Cost(costs) => bench::cost::run(&CostOptions {
            daemon: costs.daemon,
            idle: Duration::from_secs(costs.idle),
            count: costs.count,
        }),
        What::Rpc(calls) => bench::rpc::run(&RpcOptions {
            daemon: calls.daemon,
            argosy: calls.argosy,
            only: calls.only,
            calls: calls.calls as usize,
            flood: Duration::from_secs(calls.flood),
            target_time: calls.target_time,
        }),
        What::Damage {
            common,
            flips,
            wounds_max,
        } => {
            let options = DamageOptions {
                seed: common.seed(),
                daemon: common.daemon,
                flips,
                wounds_max,
                is_loud: true,
            };
            damage::run(&options).map(|it| print_damage(&it))
        }
    };
    match ended {
        Ok(()) => {
            print_line("took", format!("{} s", begin.elapsed().as_secs()));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Common {
    /// The seed, told first.
    fn seed(&self) -> u64 {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let seed = self.seed.unwrap_or(now.as_secs() % 1_000_000);
        print_line("seed", seed);
        seed
    }
}

fn print_crash(report: &CrashReport) {
    print_line(
        "kills",
        format!(
            "{} ({} while it started)",
            report.kills, report.while_starting
        ),
    );
    print_line("blocks", report.height);
    print_transactions(report.transactions, report.resent);
    print_line("ready after a kill", spread(&report.restarts));
    let stopped = format!("{} ms", report.stopped_in.as_millis());
    print_line("stopped by SIGTERM in", stopped);
    println!(
        "nothing lost, nothing twice, no token made; a replay ends at the same block and root"
    );
}

fn print_faults(report: &FaultReport) {
    let FaultReport {
        kills,
        all_at_once,
        after_decision,
        processes,
        ..
    } = report;
    print_line(
        "strikes",
        format!(
            "{kills} ({all_at_once} at all validators, {after_decision} just after a decision, {processes} processes killed)"
        ),
    );
    print_line("blocks", report.height);
    print_transactions(report.transactions, report.resent);
    print_line("signatures", report.signatures);
    print_line("first block after all were killed", spread(&report.healed));
    print_line("all nodes go on after a strike", spread(&report.caught_up));
    println!(
        "all nodes have the same blocks, roots and receipts; nothing lost, nothing twice, no token made; \
         no key signed two things; a replay ends at the same block and root"
    );
}

fn print_damage(report: &DamageReport) {
    for ((part, fate), count) in &report.fates {
        print_line(part, format!("{:<24} {count}", fate.as_str()));
    }
    print_line("blocks", report.height);
    print_line("signatures", report.signatures);
    println!(
        "the others went on; no panic, no wrong block, no key signed two things; refusals name what is wrong"
    );
}

fn print_transactions(included: u64, resent: u64) {
    print_line("transactions", format!("{included} ({resent} sent again)"));
}

fn print_line(name: &str, value: impl Display) {
    println!("{name:<34} {value}");
}

/// Half of them took at most, and so on.
fn spread(sorted: &[Duration]) -> String {
    let at = |share: usize| {
        let index = sorted.len().saturating_sub(1) * share / 100;
        sorted.get(index).copied().unwrap_or_default().as_millis()
    };
    format!(
        "p50 {} ms, p99 {} ms, at most {} ms",
        at(50),
        at(99),
        at(100)
    )
}
