//! What a validator gives for an empty block, a transfer and a token call: processor, disk, wire.
//!
//! ```text
//! warm up ─ rest ─ no load ─ rest ─ transfers ─ rest ─ token calls ─ rest
//!           rest: all validators stop, compact their databases, and start again
//! ```
//!
//! Always: what is compared was measured on one network in one run. Of what transactions took, that is
//! subtracted which the network takes without them: by time, and of files by blocks.
//! Not here: how many transactions a network takes at most (`work`).

mod images; // of containers
mod reading; // what was used up until now
mod wire; // connections

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use argosy_primitives::{Address, Height};
use argosy_spec::ChainSpec;
use tokio::time::sleep;

use super::work::Sender;
use super::{VALIDATORS, network, print, resident_mib};
use crate::book::Book;
use crate::dice::Dice;
use crate::in_folder;
use crate::load::{Load, SENDERS};
use crate::network::{HEALED_WITHIN, Network};
use reading::{Amounts, Meter, Reading, Spent};

/// Enough that the token's code is compiled after that.
const WARM_UP: u64 = 1_200;
/// What follows a block is done after this.
const SETTLED_AFTER: Duration = Duration::from_secs(2);
/// Blocks between a start and a measurement.
const FIRST_BLOCKS: Height = 5;

/// What to measure.
#[derive(Clone, Debug)]
pub struct CostOptions {
    /// The daemon.
    pub daemon: PathBuf,
    /// How long there is no load.
    pub idle: Duration,
    /// How many transactions of each kind.
    pub count: u64,
}

/// Measures everything, and prints it. An error says where logs are kept.
pub fn run(options: &CostOptions) -> Result<()> {
    in_folder("argosy-cost-", 0, async |folder| {
        validators(options, &folder.join("cost")).await?;
        images::run().await
    })
}

/// A network, and where it was when it rested.
struct Bench {
    network: Network,
    height: Height,
    file_bytes: u64,
}

/// What came to the disks between two rests.
struct Growth {
    blocks: u64,
    /// Of each validator; less than nothing, if compaction took more away.
    file_bytes: f64,
}

/// What a network takes without load.
struct Idle {
    spent: Spent,
    file_bytes_per_block: f64,
}

async fn validators(options: &CostOptions, folder: &Path) -> Result<()> {
    // What chains have if nobody says otherwise.
    let pace = ChainSpec::dev().consensus.target_time_ms;
    let network = network(&options.daemon, folder, &format!("{pace}ms")).await?;
    let first = network.nodes[0].client()?;
    let token = Load::prepare(&first, &Dice::new(0), &mut Book::default())
        .await?
        .token;
    for token in [None, Some(token)] {
        send(&network, WARM_UP, token).await?;
    }
    sleep(SETTLED_AFTER).await;
    let mut bench = Bench {
        network,
        height: 0,
        file_bytes: 0,
    };
    bench.rest().await?;
    let idle = bench.idle(options.idle).await?;
    let count = options.count;
    let transfer = bench.loaded("transfers", count, None, &idle).await?;
    let call = bench
        .loaded("token calls", count, Some(token), &idle)
        .await?;
    print_table(&idle.block(), &transfer, &call);
    bench.network.stop().await
}

impl Bench {
    /// Stops all validators, compacts their databases and starts them again; what came since the last time.
    async fn rest(&mut self) -> Result<Growth> {
        let all: Vec<usize> = (0..VALIDATORS).collect();
        let height = self.network.highest(&all).await?;
        self.network.stop().await?;
        let mut file_bytes: u64 = 0;
        for &number in &all {
            file_bytes += self.network.compact(number).await?;
        }
        self.network.start(&all).await?;
        self.network.reach(&all, height + FIRST_BLOCKS).await?;
        let growth = Growth {
            blocks: height.saturating_sub(self.height),
            file_bytes: (file_bytes as f64 - self.file_bytes as f64) / VALIDATORS as f64,
        };
        (self.height, self.file_bytes) = (height, file_bytes);
        Ok(growth)
    }

    /// Empty blocks for so long.
    async fn idle(&mut self, during: Duration) -> Result<Idle> {
        let before = Reading::take(&self.network).await?;
        sleep(during).await;
        let spent = Reading::take(&self.network).await?.since(&before);
        let name = format!("{} empty blocks in", spent.blocks);
        print(&name, format!("{:.1} s", spent.took.as_secs_f64()));
        let share = |us: &u64| *us as f64 / 10_000.0 / spent.took.as_secs_f64();
        let shares = spent.cpu_us.iter().map(|us| format!("{:.1}", share(us)));
        let shares: Vec<String> = shares.collect();
        print("CPU without load, % of one core", shares.join(", "));
        self.print_memory("resident MiB without load")?;
        if spent.has_wire() {
            print("bytes over TCP", "as the kernel counts them");
        } else {
            print("bytes over TCP", "left out: no ss (iproute2) tells them");
        }
        ensure!(spent.blocks > 0, "no block without load");
        let growth = self.rest().await?;
        Ok(Idle {
            spent,
            file_bytes_per_block: growth.file_bytes / growth.blocks.max(1) as f64,
        })
    }

    /// What one transaction takes, of so many at least.
    async fn loaded(
        &mut self,
        name: &str,
        count: u64,
        token: Option<Address>,
        idle: &Idle,
    ) -> Result<Amounts> {
        let before = Reading::take(&self.network).await?;
        let count = send(&self.network, count, token).await?;
        let spent = self.included(&before, count).await?;
        print(
            &format!("{count} {name} in"),
            format!("{:.1} s", spent.took.as_secs_f64()),
        );
        self.print_memory(&format!("resident MiB after {name}"))?;
        let growth = self.rest().await?;
        Ok(idle.without(&spent, &growth, count))
    }

    /// Waits until all validators have so many more transactions in blocks; what that took.
    async fn included(&self, before: &Reading, count: u64) -> Result<Spent> {
        let begin = Instant::now();
        loop {
            sleep(SETTLED_AFTER).await;
            let spent = Reading::take(&self.network).await?.since(before);
            if spent.transactions >= count {
                return Ok(spent);
            }
            ensure!(
                begin.elapsed() < HEALED_WITHIN,
                "{} of {count} transactions are in the blocks of the slowest validator",
                spent.transactions
            );
        }
    }

    fn print_memory(&self, name: &str) -> Result<()> {
        let mut memory = Vec::new();
        for node in &self.network.nodes {
            memory.push(resident_mib(node.pid()?)?.to_string());
        }
        print(name, memory.join(", "));
        Ok(())
    }
}

impl Idle {
    /// An empty block.
    fn block(&self) -> Amounts {
        let blocks = self.spent.blocks as f64;
        let amounts = self.spent.amounts.iter();
        let mut each: Amounts = amounts.map(|(meter, it)| (*meter, it / blocks)).collect();
        each.insert(Meter::Files, self.file_bytes_per_block);
        each
    }

    /// A transaction of so many, without what goes on anyway.
    fn without(&self, spent: &Spent, growth: &Growth, count: u64) -> Amounts {
        let count = count as f64;
        let share = spent.took.as_secs_f64() / self.spent.took.as_secs_f64();
        let amounts = spent.amounts.iter().filter_map(|(meter, amount)| {
            let idle = self.spent.amounts.get(meter)?;
            Some((*meter, (amount - idle * share) / count))
        });
        let mut each: Amounts = amounts.collect();
        let files = growth.file_bytes - self.file_bytes_per_block * growth.blocks as f64;
        each.insert(Meter::Files, files / count);
        each
    }
}

/// Sends so many at least, as many of each account, and returns when they are in blocks; how many they were.
async fn send(network: &Network, count: u64, token: Option<Address>) -> Result<u64> {
    let each = count.div_ceil(SENDERS as u64);
    let mut sending = Vec::new();
    for number in 0..SENDERS {
        let to = (number + 1) % SENDERS;
        let sender = Sender::new(network, (number, to), token).await?;
        sending.push(sender.send_all(each));
    }
    futures::future::try_join_all(sending).await?;
    Ok(each * SENDERS as u64)
}

/// A line for each meter; the last column compares a call with a transfer.
fn print_table(block: &Amounts, transfer: &Amounts, call: &Amounts) {
    let row = |name: &str, columns: [&str; 4]| {
        let [block, transfer, call, ratio] = columns;
        print(
            name,
            format!("{block:>12} {transfer:>12} {call:>12} {ratio:>9}"),
        );
    };
    let heads = ["empty block", "transfer", "token call", "ratio"];
    row("each validator, on average", heads);
    for meter in Meter::ALL {
        let of = |amounts: &Amounts| amounts.get(&meter).copied();
        let (Some(block), Some(transfer), Some(call)) = (of(block), of(transfer), of(call)) else {
            continue;
        };
        let columns = [figure(block), figure(transfer), figure(call)];
        let [block, transfer_text, call_text] = columns.each_ref().map(String::as_str);
        let ratio = ratio(call, transfer);
        row(meter.as_str(), [block, transfer_text, call_text, &ratio]);
    }
}

/// No more digits than mean something.
fn figure(value: f64) -> String {
    match value.abs() < 100.0 {
        true => format!("{value:.1}"),
        false => format!("{value:.0}"),
    }
}

/// How many transfers a call is worth; of less than nothing nobody can say.
fn ratio(call: f64, transfer: f64) -> String {
    match call > 0.0 && transfer > 0.0 {
        true => format!("{:.2}", call / transfer),
        false => "-".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(seconds: u64, cpu_us: f64) -> Spent {
        Spent {
            took: Duration::from_secs(seconds),
            blocks: seconds,
            transactions: 0,
            cpu_us: Vec::new(),
            amounts: [(Meter::Cpu, cpu_us)].into(),
        }
    }

    #[test]
    fn what_goes_on_anyway_is_subtracted_by_time_and_of_files_by_blocks() {
        let idle = Idle {
            spent: spent(30, 600.0),
            file_bytes_per_block: 50.0,
        };
        assert_eq!(
            idle.block(),
            Amounts::from([(Meter::Cpu, 20.0), (Meter::Files, 50.0)])
        );
        let growth = Growth {
            blocks: 20,
            file_bytes: 6_000.0,
        };
        // 15 s of 20 µs each are not theirs, nor are 20 blocks of 50 bytes.
        assert_eq!(
            idle.without(&spent(15, 1_300.0), &growth, 10),
            Amounts::from([(Meter::Cpu, 100.0), (Meter::Files, 500.0)])
        );
    }

    #[test]
    fn figures_have_few_digits_and_ratios_need_something() {
        assert_eq!(figure(99.94), "99.9");
        assert_eq!(figure(-100.4), "-100");
        assert_eq!(ratio(300.0, 200.0), "1.50");
        assert_eq!(ratio(300.0, -1.0), "-");
    }
}
