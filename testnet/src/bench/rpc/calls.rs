//! Calls of one node that makes blocks alone: how many per second, how long each, over HTTP and WebSockets.
//!
//! Always: each caller has a connection of its own that stays open, and one call on its way; transactions
//! are signed beforehand; all of them are in blocks at the end.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use argosy_primitives::{Action, Nonce, SignedTransaction, Transaction};
use argosy_rpc_api::{
    AccountApiClient, AddressText, Bytes, ContractApiClient, RpcError, SystemApiClient, TxApiClient,
};
use argosy_sdk::Client;
use argosy_vm_abi::selector_of;
use futures::future::try_join_all;
use jsonrpsee::core::ClientError;
use jsonrpsee::core::client::SubscriptionClientT;
use jsonrpsee::http_client::HttpClientBuilder;
use jsonrpsee::ws_client::WsClientBuilder;
use parity_scale_codec::Encode;
use tokio::time::sleep;

use super::super::{print, resident_mib, share_of};
use super::{RpcOptions, short};
use crate::book::Book;
use crate::dice::Dice;
use crate::door;
use crate::load::{Load, account, nonce_of};
use crate::network::{HEALED_WITHIN, LOOK_EVERY};
use crate::process::Launcher;

/// At once. Each sends for an account of its own.
const CALLERS: usize = 8;
/// A pool that takes nothing for now is asked again after this.
const PAUSE: Duration = Duration::from_millis(5);
/// More than any run sends.
const WAITING_MAX: &str = "1000000";
/// Blocks of the whole run are fewer.
const VALID_BLOCKS: u64 = 80_000;

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Called {
    Health,
    Account,
    Query,
    Submit,
}

impl Called {
    /// The first one is what the others are compared with.
    const ALL: [Called; 4] = [
        Called::Health,
        Called::Account,
        Called::Query,
        Called::Submit,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Called::Health => "system_health",
            Called::Account => "account_get",
            Called::Query => "contract_query",
            Called::Submit => "tx_submit",
        }
    }
}

/// Whom and what calls are about.
struct Subject {
    owner: AddressText,
    token: AddressText,
    balance_of: Bytes,
}

/// How it went.
struct Figure {
    per_second: f64,
    p50: Duration,
    p99: Duration,
}

pub(super) async fn run(options: &RpcOptions, folder: &Path) -> Result<()> {
    let launcher = launcher(options, folder);
    let mut daemon = launcher.start(&["--dev=100ms"])?;
    let (url, _) = daemon.ready().await?;
    let client = door::connect(&url).await?;
    let subject = subject(&client).await?;
    let mut nonces = Vec::new();
    for number in 0..CALLERS {
        nonces.push(nonce_of(&client, &account(number)).await?);
    }
    let mut bench = Bench {
        client,
        subject,
        nonces,
        each: options.calls.div_ceil(CALLERS),
    };
    let mut callers = Vec::new();
    for _ in 0..CALLERS {
        callers.push(HttpClientBuilder::default().build(&url)?);
    }
    bench.transport("HTTP", &callers).await?;
    let address = url.strip_prefix("http://").context("it is no http")?;
    let mut callers = Vec::new();
    for _ in 0..CALLERS {
        let opened = WsClientBuilder::default().build(format!("ws://{address}"));
        callers.push(opened.await?);
    }
    bench.transport("WebSockets", &callers).await?;
    bench.included().await?;
    let pid = daemon.pid().context("it has ended")?;
    print("resident MiB of the node after that", resident_mib(pid)?);
    let (status, _) = daemon.terminate().await?;
    ensure!(status.success(), "SIGTERM ended in {status}");
    Ok(())
}

/// A node with a pool that is never full.
fn launcher(options: &RpcOptions, folder: &Path) -> Launcher {
    let mut words: Vec<_> = ["--chain", "dev", "--data-dir"].map(Into::into).into();
    words.push(folder.join("data").into());
    let more = [
        "--rpc.listen",
        "127.0.0.1:0",
        "--ops.listen",
        "127.0.0.1:0",
        "--log.filter",
        "warn",
        "--store.min-free-mib",
        "0",
        "--mempool.max-transactions",
        WAITING_MAX,
        "--mempool.max-transactions-per-sender",
        WAITING_MAX,
        "--mempool.max-nonce-gap",
        WAITING_MAX,
    ];
    words.extend(more.map(Into::into));
    Launcher {
        binary: options.daemon.clone(),
        words,
        log: folder.join("log"),
    }
}

async fn subject(client: &Client) -> Result<Subject> {
    let load = Load::prepare(client, &Dice::new(0), &mut Book::default()).await?;
    let owner = account(1).address();
    Ok(Subject {
        owner: client.text(owner),
        token: client.text(load.token),
        balance_of: Bytes((selector_of("balance_of"), owner).encode()),
    })
}

struct Bench {
    client: Client,
    subject: Subject,
    /// Of the next transaction of each caller.
    nonces: Vec<Nonce>,
    /// Calls of each caller.
    each: usize,
}

impl Bench {
    /// All methods, by one connection for each caller.
    async fn transport<C: SubscriptionClientT + Sync>(
        &mut self,
        name: &str,
        callers: &[C],
    ) -> Result<()> {
        let mut baseline: Option<Figure> = None;
        for called in Called::ALL {
            let figure = self.measure(called, callers).await;
            let figure = figure.with_context(|| format!("{} over {name}", called.as_str()))?;
            let label = format!("{} over {name}, {CALLERS} at once", called.as_str());
            print(&label, figure.beside(baseline.as_ref()));
            baseline.get_or_insert(figure);
        }
        Ok(())
    }

    async fn measure<C: SubscriptionClientT + Sync>(
        &mut self,
        called: Called,
        callers: &[C],
    ) -> Result<Figure> {
        let mut signed: Vec<Vec<SignedTransaction>> = vec![Vec::new(); callers.len()];
        if called == Called::Submit {
            for (number, signed) in signed.iter_mut().enumerate() {
                *signed = self.sign(number);
            }
        }
        let begin = Instant::now();
        let runs = callers.iter().zip(&signed);
        let runs = runs.map(|(caller, signed)| self.calls(called, caller, signed));
        let all = try_join_all(runs).await?;
        let took = begin.elapsed();
        let mut all: Vec<Duration> = all.into_iter().flatten().collect();
        all.sort_unstable();
        Ok(Figure {
            per_second: all.len() as f64 / took.as_secs_f64(),
            p50: share_of(&all, 50),
            p99: share_of(&all, 99),
        })
    }

    /// One caller's; how long each took.
    async fn calls<C: SubscriptionClientT + Sync>(
        &self,
        called: Called,
        caller: &C,
        signed: &[SignedTransaction],
    ) -> Result<Vec<Duration>> {
        let mut all = Vec::with_capacity(self.each);
        for number in 0..self.each {
            let bytes = signed.get(number).map(|it| Bytes(it.encode()));
            let begin = Instant::now();
            while let Err(error) = self.call(called, caller, bytes.clone()).await {
                if !is_busy(&error) {
                    return Err(anyhow!(error));
                }
                sleep(PAUSE).await;
            }
            all.push(begin.elapsed());
        }
        Ok(all)
    }

    async fn call<C: SubscriptionClientT + Sync>(
        &self,
        called: Called,
        caller: &C,
        transaction: Option<Bytes>,
    ) -> Result<(), ClientError> {
        let Subject {
            owner,
            token,
            balance_of,
        } = &self.subject;
        match called {
            Called::Health => caller.health().await.map(drop),
            Called::Account => caller.account(*owner, None).await.map(drop),
            Called::Query => {
                let message = balance_of.clone();
                let answer = caller.query(*token, message, None, None, None, None);
                answer.await.map(drop)
            }
            Called::Submit => caller
                .submit(transaction.unwrap_or_default())
                .await
                .map(drop),
        }
    }

    /// The next transactions of a caller.
    fn sign(&mut self, number: usize) -> Vec<SignedTransaction> {
        let (signer, to) = (account(number), account((number + 1) % CALLERS).address());
        let first = self.nonces[number];
        self.nonces[number] = first + self.each as u64;
        let nonces = first..self.nonces[number];
        let signed = nonces.map(|nonce| {
            signer.sign(Transaction {
                chain: self.client.chain(),
                signer: signer.public(),
                nonce,
                valid_until: VALID_BLOCKS,
                gas_limit: 100_000,
                max_gas_price: 1_000_000,
                tip: 1,
                deposit_max: 0,
                actions: vec![Action::Transfer { to, amount: 1 }],
            })
        });
        signed.collect()
    }

    /// Waits until all that was submitted is in blocks.
    async fn included(&self) -> Result<()> {
        let begin = Instant::now();
        for (number, expected) in self.nonces.iter().enumerate() {
            loop {
                let nonce = nonce_of(&self.client, &account(number)).await?;
                if nonce == *expected {
                    break;
                }
                ensure!(
                    nonce < *expected && begin.elapsed() < HEALED_WITHIN,
                    "{nonce} of {expected} transactions of an account are in blocks"
                );
                sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    }
}

impl Figure {
    /// For people, compared with the baseline.
    fn beside(&self, baseline: Option<&Figure>) -> String {
        let own = format!(
            "{:.0}/s, p50 {}, p99 {}",
            self.per_second,
            short(self.p50),
            short(self.p99)
        );
        let Some(baseline) = baseline else {
            return format!("{own} (the baseline)");
        };
        format!(
            "{own} ({:.2} times as many, p99 {:.1} times as long)",
            self.per_second / baseline.per_second.max(1.0),
            self.p99.as_secs_f64() / baseline.p99.as_secs_f64().max(1e-6)
        )
    }
}

/// Whether the same call may be let in a moment later.
fn is_busy(error: &ClientError) -> bool {
    let ClientError::Call(object) = error else {
        return false;
    };
    let error = RpcError::from_object(object);
    error.is_some_and(|it| {
        matches!(
            it,
            RpcError::PoolFull { .. } | RpcError::SenderFull { .. } | RpcError::Overloaded { .. }
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_told_beside_its_baseline() {
        let figure = |per_second, ms| Figure {
            per_second,
            p50: Duration::from_millis(1),
            p99: Duration::from_millis(ms),
        };
        let baseline = figure(1_000.0, 2);
        assert_eq!(
            baseline.beside(None),
            "1000/s, p50 1000 µs, p99 2000 µs (the baseline)"
        );
        assert_eq!(
            figure(500.0, 3).beside(Some(&baseline)),
            "500/s, p50 1000 µs, p99 3000 µs (0.50 times as many, p99 1.5 times as long)"
        );
    }
}
