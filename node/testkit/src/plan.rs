//! What goes wrong in a run, and until when: all of it follows from a seed.

use crate::agenda::Millis;
use crate::disk::Memory;
use crate::misdeed::Misdeed;
use crate::random::Random;

/// Validators of a run; one of them may fail in any way.
pub const NODES: usize = 4;

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Gives the rest, and every chance in the run.
    pub seed: u64,
    /// What each validator's vote weighs; any three are more than two thirds.
    pub powers: [u64; NODES],
    /// Messages that get lost, of a hundred.
    pub loss_percent: u64,
    /// Messages that come twice, of a hundred.
    pub duplicate_percent: u64,
    /// Messages that take ten times as long, of a hundred.
    pub slow_percent: u64,
    /// The shortest and the longest way of a message otherwise.
    pub delay_ms: (Millis, Millis),
    /// Nodes that lose their memory.
    pub crashes: Vec<Crash>,
    /// Times in which some do not hear the others.
    pub partitions: Vec<Partition>,
    /// From then on nothing goes wrong any more.
    pub heal_ms: Millis,
    /// So many heights more must be decided by all from then on.
    pub heights_after: u64,
    /// Within so long.
    pub patience_ms: Millis,
    /// Who is not honest, and how.
    pub misdeeds: [Option<Misdeed>; NODES],
    /// Whether nodes make sure of their log before they sign, as they must.
    pub logs_first: bool,
    /// Whether nodes make sure of their blocks before they sign, as they must.
    pub blocks_first: bool,
    /// What a crash leaves of record and log.
    pub memory: Memory,
}

/// A node loses its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// Who.
    pub node: usize,
    /// From when on.
    pub at_ms: Millis,
    /// After so many steps from then on: effects of its engine, questions to its application. So it
    /// happens between a signature and the log, or between a commit and the word of it.
    pub steps: u64,
    /// Until it starts again.
    pub down_ms: Millis,
}

/// Two sides do not hear each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// From when on.
    pub from_ms: Millis,
    /// Until when.
    pub until_ms: Millis,
    /// Who is on one side; the rest is on the other.
    pub side: [bool; NODES],
}

impl Plan {
    /// A run in which everything that honest nodes must bear may happen.
    pub fn of_seed(seed: u64) -> Plan {
        let mut random = Random::new(seed);
        let heal_ms = random.between(10_000, 30_000);
        let shortest = random.between(1, 20);
        let partitions = random.below(4);
        Plan {
            seed,
            loss_percent: loss(&mut random),
            duplicate_percent: random.below(11),
            slow_percent: random.below(6),
            delay_ms: (shortest, shortest + random.between(0, 60)),
            crashes: crashes(&mut random, heal_ms),
            partitions: (0..partitions)
                .map(|_| partition(&mut random, heal_ms))
                .collect(),
            heal_ms,
            heights_after: 3,
            patience_ms: 120_000,
            misdeeds: [None; NODES],
            logs_first: true,
            blocks_first: true,
            memory: Memory::Kept,
            powers: powers(&mut random),
        }
    }

    /// A run in which nothing goes wrong.
    pub fn calm(seed: u64) -> Plan {
        Plan {
            loss_percent: 0,
            duplicate_percent: 0,
            slow_percent: 0,
            crashes: Vec::new(),
            partitions: Vec::new(),
            ..Plan::of_seed(seed)
        }
    }

    /// Whether a message from one to the other can get through at this time.
    pub(crate) fn connects(&self, from: usize, to: usize, now: Millis) -> bool {
        let parts = |it: &Partition| {
            (it.from_ms..it.until_ms).contains(&now) && it.side.get(from) != it.side.get(to)
        };
        !self.partitions.iter().any(parts)
    }
}

/// Alike, or nearly so.
fn powers(random: &mut Random) -> [u64; NODES] {
    let mut powers = [10; NODES];
    if random.percent(50) {
        powers.fill_with(|| random.between(8, 11));
    }
    powers
}

/// Most runs get on before all is well, some hardly do, and a few come to late rounds.
fn loss(random: &mut Random) -> u64 {
    match random.below(20) {
        0..12 => random.below(8),
        12..19 => random.between(8, 30),
        _ => random.between(30, 60),
    }
}

/// Each alone, and now and then all at once.
fn crashes(random: &mut Random, heal_ms: Millis) -> Vec<Crash> {
    let count = random.below(10);
    let mut crashes: Vec<Crash> = (0..count).map(|_| crash(random, heal_ms)).collect();
    if random.percent(20) {
        let at_ms = random.below(heal_ms);
        crashes.extend((0..NODES).map(|node| Crash {
            node,
            at_ms,
            ..crash(random, heal_ms)
        }));
    }
    crashes
}

fn crash(random: &mut Random, heal_ms: Millis) -> Crash {
    let at_ms = random.below(heal_ms);
    Crash {
        node: random.index(NODES),
        at_ms,
        steps: random.below(60),
        down_ms: random.between(200, 4_000),
    }
}

fn partition(random: &mut Random, heal_ms: Millis) -> Partition {
    let from_ms = random.below(heal_ms);
    let mut side = [false; NODES];
    side.fill_with(|| random.percent(40));
    Partition {
        from_ms,
        until_ms: (from_ms + random.between(500, 4_000)).min(heal_ms),
        side,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_three_validators_decide_and_any_two_do_not() {
        for seed in 0..200 {
            let powers = Plan::of_seed(seed).powers;
            let total: u64 = powers.iter().sum();
            for one in powers {
                assert!((total - one) * 3 > total * 2, "{powers:?}");
                let two = powers.iter().max().map_or(0, |most| most + one);
                assert!(two * 3 <= total * 2, "{powers:?}");
            }
        }
    }

    #[test]
    fn a_plan_ends_before_it_heals() {
        for seed in 0..200 {
            let plan = Plan::of_seed(seed);
            assert!(plan.crashes.iter().all(|it| it.at_ms < plan.heal_ms));
            assert!(plan.partitions.iter().all(|it| it.until_ms <= plan.heal_ms));
            assert!(plan.connects(0, 1, plan.heal_ms));
        }
    }
}
