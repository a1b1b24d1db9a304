//! What clients of a node get, and what a validator notices of clients that do their worst.
//!
//! ```text
//! calls        account_get, contract_query, tx_submit over HTTP and WebSockets, beside system_health
//! dev          `argosy dev`: an instant transaction's round trip; transfers with blocks of 1 s
//! subscribers  a thousand of events, at ten blocks a second, of the dev chain
//! flood        batches and bodies of 1 MiB at one of four validators
//! simulations  trials that never end, at the same validator
//! ```
//!
//! Always: each figure stands beside a baseline of the same run or beside its goal. A goal that is missed
//! is told, and is no error: machines differ, and a busy one differs from itself.

mod calls; // requests per second
mod dev; // the dev chain
pub mod storm; // floods
mod subscribers; // who hears of every block

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::ValueEnum;

use super::{print, spread};
use crate::flood::Sent;
use crate::in_folder;
use storm::{Seen, Storm, StormOptions, StormReport};

/// Connections of a flood.
const CONNECTIONS: usize = 64;
/// A flood has a quarter of one processor.
const CPU_PERCENT: u32 = 25;
/// The quiet time before floods; longer tells no more.
const QUIET_MAX: Duration = Duration::from_secs(60);
/// What a flood may do to the time from block to block, to memory and to `/livez`.
const INTERVAL_RATIO_MAX: f64 = 2.0;
const GROWN_MIB_MAX: u64 = 256;
const LIVEZ_MAX: Duration = Duration::from_secs(1);

/// Something to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Calls of a node, over HTTP and WebSockets
    Calls,
    /// The dev chain
    Dev,
    /// A thousand subscribers of the dev chain
    Subscribers,
    /// A validator under batches and bodies of 1 MiB
    Flood,
    /// A validator under trials that never end
    Simulations,
}

/// What to measure.
#[derive(Clone, Debug)]
pub struct RpcOptions {
    /// The daemon.
    pub daemon: PathBuf,
    /// The program with the dev chain.
    pub argosy: PathBuf,
    /// Which parts; none: all.
    pub only: Vec<Part>,
    /// Calls of each method over each transport.
    pub calls: usize,
    /// How long each flood goes on.
    pub flood: Duration,
    /// From block to block while there are floods, as `argosyd testnet` takes it.
    pub target_time: String,
}

/// Measures everything, and prints each figure as soon as it is there. An error says where logs are kept.
pub fn run(options: &RpcOptions) -> Result<()> {
    let is_asked = |part| options.only.is_empty() || options.only.contains(&part);
    if is_asked(Part::Calls) {
        in_folder("argosy-rpc-", 0, async |folder| {
            calls::run(options, folder).await
        })?;
    }
    if is_asked(Part::Dev) {
        in_folder("argosy-rpc-", 0, async |_| dev::run(options).await)?;
    }
    if is_asked(Part::Subscribers) {
        in_folder("argosy-rpc-", 0, async |_| {
            subscribers::run(&options.argosy).await
        })?;
    }
    let storms = [
        (Part::Flood, Storm::Flood),
        (Part::Simulations, Storm::Simulations),
    ];
    let storms = storms.into_iter().filter(|(part, _)| is_asked(*part));
    let storms: Vec<Storm> = storms.map(|(_, storm)| storm).collect();
    if storms.is_empty() {
        return Ok(());
    }
    let reports = storm::run(&StormOptions {
        daemon: options.daemon.clone(),
        target_time: options.target_time.clone(),
        storms,
        quiet: options.flood.min(QUIET_MAX),
        each: options.flood,
        connections: CONNECTIONS,
        cpu_percent: CPU_PERCENT,
    })?;
    for report in &reports {
        print_storm(report);
    }
    Ok(())
}

fn print_storm(report: &StormReport) {
    let (quiet, stormy) = (&report.quiet, &report.stormy);
    let name = report.storm.as_str();
    let print = |what: &str, value: String| print(&format!("{name}: {what}"), value);
    print("block interval, quiet", spread(quiet.intervals.clone()));
    print("block interval", spread(stormy.intervals.clone()));
    let ratio = interval_ratio(quiet, stormy);
    let wanted = goal("at most 2", ratio <= INTERVAL_RATIO_MAX);
    print(
        "interval, p99 over the quiet one",
        format!("{ratio:.2}{wanted}"),
    );
    let (before, most) = (stormy.resident_mib, stormy.resident_mib_max);
    let grown = stormy.grown_mib();
    let wanted = goal("at most +256", grown <= GROWN_MIB_MAX);
    print(
        "resident MiB, before and at most",
        format!("{before}, {most}: +{grown}{wanted}"),
    );
    let (slowest, count) = (stormy.livez_max(), stormy.livez.len());
    let wanted = goal("at most 1 s", slowest <= LIVEZ_MAX);
    print(
        "slowest /livez",
        format!("{} ms of {count} answers{wanted}", slowest.as_millis()),
    );
    print("a client that behaves, quiet", told_calls(quiet));
    print("a client that behaves", told_calls(stormy));
    print("sent", told_sent(&report.sent));
}

fn told_sent(sent: &Sent) -> String {
    format!(
        "{} requests, {} MiB, in {} s with {} % of a processor; {} answers, {} refused by HTTP, {} cut off",
        sent.requests,
        sent.bytes / 1024 / 1024,
        sent.took.as_secs(),
        sent.cpu_percent(),
        sent.answers,
        sent.refused,
        sent.cut_off
    )
}

fn told_calls(seen: &Seen) -> String {
    format!(
        "{}, {} overloaded",
        spread(seen.calls.clone()),
        seen.overloaded
    )
}

fn interval_ratio(quiet: &Seen, stormy: &Seen) -> f64 {
    let quiet = quiet.interval(99).as_secs_f64().max(0.001);
    stormy.interval(99).as_secs_f64() / quiet
}

/// What a figure should be, and whether it is.
fn goal(what: &str, is_met: bool) -> String {
    let verdict = if is_met { "met" } else { "MISSED" };
    format!(" (goal: {what}; {verdict})")
}

/// In microseconds, or milliseconds where these say enough.
fn short(time: Duration) -> String {
    match time.as_micros() {
        us @ 0..10_000 => format!("{us} µs"),
        us => format!("{} ms", us / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_that_of_the_ninety_ninths() {
        let seen = |ms: u64| Seen {
            intervals: vec![Duration::from_millis(ms); 100],
            ..Seen::default()
        };
        assert!((interval_ratio(&seen(100), &seen(150)) - 1.5).abs() < 1e-9);
        // Nothing was seen: no division by nothing.
        assert!(interval_ratio(&Seen::default(), &seen(0)).is_finite());
    }

    #[test]
    fn a_goal_that_is_missed_is_told() {
        assert_eq!(goal("at most 2", true), " (goal: at most 2; met)");
        assert_eq!(goal("at most 2", false), " (goal: at most 2; MISSED)");
    }

    #[test]
    fn times_have_few_digits() {
        assert_eq!(short(Duration::from_micros(9_999)), "9999 µs");
        assert_eq!(short(Duration::from_micros(10_999)), "10 ms");
    }
}
