//! What validators have used up until now, and from one moment to another.
//!
//! Always: what a machine or a node does not tell is absent, never zero.
//! Not here: what belongs to a transaction (`cost`).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::super::VALIDATORS;
use super::wire::Wire;
use crate::network::{Network, Node};
use crate::ops;

/// Linux tells times in hundredths of a second to programs, whatever it counts in itself (time(7)).
const TICK_US: u64 = 10_000;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meter {
    /// User and system time of the process.
    Cpu,
    /// Keys and values in the batches that were written.
    Committed,
    /// Files of the database after a compaction; no reading has them.
    Files,
    /// Frames of consensus, counted for each peer.
    FramesSent,
    /// Frames of others.
    FramesReceived,
    /// Everything on the connections of consensus.
    ConsensusSent,
    /// Transactions for others, once for all peers, without what is handed on.
    GossipPublished,
    /// Everything on the connections of gossip.
    GossipSent,
}

/// By meter; the mean of the validators.
pub(super) type Amounts = BTreeMap<Meter, f64>;

impl Meter {
    pub(super) const ALL: [Meter; 8] = [
        Meter::Cpu,
        Meter::Committed,
        Meter::Files,
        Meter::FramesSent,
        Meter::FramesReceived,
        Meter::ConsensusSent,
        Meter::GossipPublished,
        Meter::GossipSent,
    ];

    /// For people.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Meter::Cpu => "CPU, µs",
            Meter::Committed => "keys and values committed, bytes",
            Meter::Files => "files of the database, compacted, bytes",
            Meter::FramesSent => "consensus: frames sent, bytes",
            Meter::FramesReceived => "consensus: frames received, bytes",
            Meter::ConsensusSent => "consensus: sent over TCP, bytes",
            Meter::GossipPublished => "gossip: messages published, bytes of one copy",
            Meter::GossipSent => "gossip: sent over TCP, bytes",
        }
    }

    /// The node's own counter, where there is one.
    const fn metric(self) -> Option<&'static str> {
        match self {
            Meter::Committed => Some("argosy_store_committed_bytes_total"),
            Meter::FramesSent => Some("argosy_p2p_sent_bytes_total"),
            Meter::FramesReceived => Some("argosy_p2p_received_bytes_total"),
            Meter::GossipPublished => Some("argosy_gossip_published_bytes_total"),
            Meter::Cpu | Meter::Files | Meter::ConsensusSent | Meter::GossipSent => None,
        }
    }
}

/// Counters of all validators at one moment.
pub(super) struct Reading {
    at: Instant,
    nodes: Vec<Counters>,
    wire: Option<Wire>,
    p2p: Vec<u16>,
    gossip: Vec<u16>,
}

/// Counters of one validator.
struct Counters {
    height: u64,
    /// In blocks, since its start.
    transactions: u64,
    amounts: BTreeMap<Meter, u64>,
}

/// What was used up between two readings.
#[derive(Debug)]
pub(super) struct Spent {
    pub(super) took: Duration,
    /// Of the first validator.
    pub(super) blocks: u64,
    /// In the blocks of the slowest validator.
    pub(super) transactions: u64,
    /// Of each validator.
    pub(super) cpu_us: Vec<u64>,
    pub(super) amounts: Amounts,
}

impl Reading {
    pub(super) async fn take(network: &Network) -> Result<Reading> {
        let nodes = &network.nodes;
        let counters = nodes.iter().map(|it| {
            let counters = Counters::take(it);
            counters.with_context(|| it.name.clone())
        });
        let counters = counters.collect::<Result<Vec<_>>>()?;
        Ok(Reading {
            at: Instant::now(),
            nodes: counters,
            wire: Wire::read().await,
            p2p: nodes.iter().map(|it| it.p2p.port()).collect(),
            gossip: nodes.iter().map(|it| it.gossip.port()).collect(),
        })
    }

    /// What was used up since an earlier reading, of the same lives.
    pub(super) fn since(&self, before: &Reading) -> Spent {
        let pairs = || self.nodes.iter().zip(&before.nodes);
        let mut amounts = Amounts::new();
        for meter in Meter::ALL {
            let counted = pairs().map(|(now, then)| now.since(then, meter));
            if let Some(sum) = counted.sum::<Option<u64>>() {
                amounts.insert(meter, mean(sum));
            }
        }
        if let (Some(now), Some(then)) = (&self.wire, &before.wire) {
            // What one end of a connection has sent and received, both ends have sent.
            amounts.insert(Meter::ConsensusSent, mean(now.since(then, &self.p2p)));
            amounts.insert(Meter::GossipSent, mean(now.since(then, &self.gossip)));
        }
        let mut blocks = pairs().map(|(now, then)| now.height.saturating_sub(then.height));
        let transactions =
            pairs().map(|(now, then)| now.transactions.saturating_sub(then.transactions));
        Spent {
            took: self.at.saturating_duration_since(before.at),
            blocks: blocks.next().unwrap_or_default(),
            transactions: transactions.min().unwrap_or_default(),
            cpu_us: pairs()
                .filter_map(|(now, then)| now.since(then, Meter::Cpu))
                .collect(),
            amounts,
        }
    }
}

impl Counters {
    fn take(node: &Node) -> Result<Counters> {
        let text = ops::get(node.ops, "/metrics")?;
        let told = |name: &str| value(&text, name).with_context(|| format!("no metric {name}"));
        let mut amounts = BTreeMap::new();
        for meter in Meter::ALL {
            if let Some(name) = meter.metric() {
                amounts.insert(meter, told(name)?);
            }
        }
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", node.pid()?))?;
        amounts.insert(Meter::Cpu, cpu_us(&stat).context("no times in stat")?);
        Ok(Counters {
            height: told("argosy_chain_height")?,
            transactions: told("argosy_chain_transactions_total")?,
            amounts,
        })
    }

    fn since(&self, before: &Counters, meter: Meter) -> Option<u64> {
        let (now, then) = (self.amounts.get(&meter)?, before.amounts.get(&meter)?);
        now.checked_sub(*then)
    }
}

impl Spent {
    /// Whether the machine tells what connections carry.
    pub(super) fn has_wire(&self) -> bool {
        self.amounts.contains_key(&Meter::ConsensusSent)
    }
}

fn mean(sum: u64) -> f64 {
    sum as f64 / VALIDATORS as f64
}

/// A counter or gauge without labels, in OpenMetrics text.
fn value(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines();
    let value = lines.find_map(|it| it.strip_prefix(name)?.strip_prefix(' '))?;
    value.split_whitespace().next()?.parse().ok()
}

/// User and system time in `/proc/PID/stat`, fields 14 and 15 of proc(5).
fn cpu_us(stat: &str) -> Option<u64> {
    // The second field is a name in parentheses that may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let ticks = ticks()?.checked_add(ticks()?)?;
    ticks.checked_mul(TICK_US)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let numbers = "S 1 4242 4242 0 -1 4194560 3000 0 7 0 123 45 6 7 20 0 11 0 5050";
        for name in ["argosyd", "a b) S 9 9", "", ")"] {
            assert_eq!(
                cpu_us(&format!("4242 ({name}) {numbers}\n")),
                Some(1_680_000),
                "{name}"
            );
        }
    }

    #[test]
    fn times_that_are_not_there_are_no_zero() {
        for stat in [
            "",
            "4242 argosyd S 1",
            "4242 (argosyd) S 1 2 3",
            "4242 (argosyd) S 1 4242 4242 0 -1 4194560 3000 0 7 0 123",
            "4242 (argosyd) S 1 4242 4242 0 -1 4194560 3000 0 7 0 123 x 6 7",
            "4242 (argosyd) S 1 4242 4242 0 -1 4194560 3000 0 7 0 123 -4 6 7",
            "4242 (argosyd) S 1 4242 4242 0 -1 4194560 3000 0 7 0 1 18446744073709551615 6 7",
        ] {
            assert_eq!(cpu_us(stat), None, "{stat}");
        }
    }

    const TEXT: &str = "\
HTTP/1.1 200 OK\r
content-type: application/openmetrics-text\r
\r
# HELP argosy_p2p_sent_bytes Frames of this node, counted for each peer.
# TYPE argosy_p2p_sent_bytes counter
# UNIT argosy_p2p_sent_bytes bytes
argosy_p2p_sent_bytes_total 18446744073709551615
argosy_p2p_received_frames_total{result=\"taken\"} 7
argosy_p2p_received_bytes_total 9 1767225600.1
argosy_chain_height 12
argosy_store_commit_seconds_sum 0.5
# EOF
";

    #[track_caller]
    fn check(name: &str, expected: Option<u64>) {
        assert_eq!(value(TEXT, name), expected, "{name}");
    }

    #[test]
    fn metrics_are_found_by_their_whole_names() {
        check("argosy_p2p_sent_bytes_total", Some(u64::MAX));
        check("argosy_chain_height", Some(12));
        check("argosy_p2p_sent_bytes", None);
        check("argosy_chain", None);
        check("rgosy_chain_height", None);
    }

    #[test]
    fn a_time_behind_a_value_is_not_part_of_it() {
        check("argosy_p2p_received_bytes_total", Some(9));
    }

    #[test]
    fn labels_and_fractions_are_not_ours() {
        check("argosy_p2p_received_frames_total", None);
        check("argosy_store_commit_seconds_sum", None);
    }

    fn reading(wire: Option<Wire>, nodes: &[(u64, u64, u64)]) -> Reading {
        let counters = |&(height, transactions, cpu_us): &(u64, u64, u64)| Counters {
            height,
            transactions,
            amounts: [(Meter::Cpu, cpu_us)].into(),
        };
        Reading {
            at: Instant::now(),
            nodes: nodes.iter().map(counters).collect(),
            wire,
            p2p: vec![20_000],
            gossip: vec![20_001],
        }
    }

    #[test]
    fn what_was_spent_is_the_mean_and_transactions_are_those_of_the_slowest() {
        let before = reading(None, &[(5, 10, 100), (5, 10, 200), (5, 10, 0), (5, 10, 0)]);
        let after = [(9, 40, 140), (9, 30, 260), (8, 40, 50), (9, 40, 50)];
        let spent = reading(Some(Wire::default()), &after).since(&before);
        assert_eq!((spent.blocks, spent.transactions), (4, 20));
        assert_eq!(spent.cpu_us, [40, 60, 50, 50]);
        // Connections were told once only, other counters never.
        assert_eq!(spent.amounts, Amounts::from([(Meter::Cpu, 50.0)]));
        assert!(!spent.has_wire());
    }
}
