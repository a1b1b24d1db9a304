//! `argosy demo`: everything once, on a chain of its own, and every claim checked from outside.
//!
//! Always: what is shown was asked of the running chain over RPC; a check that does not hold makes
//! the demo fail. The replay is the only part that runs a chain in this process.

mod child; // the chain, a process of its own
mod durable; // killed, restarted, replayed on disk
mod proofs; // answers checked against headers
mod replay;
mod stage; // numbered steps, checks, what is printed
mod token; // deploy, transfer, approve, fail // from genesis again

use std::time::Instant;

use anyhow::Context;
use argosy_sdk::Client;
use serde_json::json;

use crate::args::DemoArgs;
use crate::commands::failure;
use crate::failure::Failure;
use crate::output::{Output, Report};
use child::{Chain, Daemon};
use stage::Stage;

/// Runs the whole play.
pub(crate) fn run(args: &DemoArgs, output: Output) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime
        .context("cannot start the client")?
        .block_on(play(args, output))
}

async fn play(args: &DemoArgs, output: Output) -> Result<(), Failure> {
    let begin = Instant::now();
    let mut stage = Stage::new(output);
    stage.title("A token on a chain of its own, and nothing taken on trust");

    let folder = tempfile::tempdir().context("cannot make a folder for the chain")?;
    let daemon = args.daemon.as_ref().map(|program| Daemon {
        program: program.clone(),
        data_dir: folder.path().join("data"),
    });
    let chain = match &daemon {
        None => {
            stage.step("A chain in memory, with funded accounts");
            stage.command("argosy dev --port 0");
            Chain::in_memory()?
        }
        Some(daemon) => {
            stage.step("A chain on disk, in the daemon that validators run");
            stage.command(&daemon.command());
            daemon.start()?
        }
    };
    let client = Client::connect(&chain.url).await.map_err(failure)?;
    stage.rows(
        Report::default()
            .row("RPC", &chain.url)
            .row(
                "chain",
                format!("{} ({})", client.info().caip2, client.info().name),
            )
            .row("ready in", format!("{} ms", chain.ready_ms)),
    );

    let token = token::deploy(&mut stage, &client).await?;
    token::transfer(&mut stage, &token).await?;
    token::allow(&mut stage, &token).await?;
    token::fail(&mut stage, &token).await?;
    token::events(&mut stage, &token).await?;
    proofs::check(&mut stage, &token).await?;
    replay::check(&mut stage, &client).await?;

    match &daemon {
        None => drop(chain),
        Some(daemon) => durable::check(&mut stage, &token, chain, daemon).await?,
    }
    finish(&stage, &token.address_text(), begin, output)
}

fn finish(stage: &Stage, contract: &str, begin: Instant, output: Output) -> Result<(), Failure> {
    let (checks, elapsed_ms) = (stage.checks(), begin.elapsed().as_millis());
    let failed: Vec<&str> = checks
        .iter()
        .filter(|it| !it.holds)
        .map(|it| it.claim.as_str())
        .collect();
    let document = json!({"checks": checks, "failed": failed, "elapsedMs": u64::try_from(elapsed_ms).unwrap_or(u64::MAX)});
    if !failed.is_empty() {
        let message = format!(
            "{} of {} checks do not hold: {}",
            failed.len(),
            checks.len(),
            failed.join("; ")
        );
        return Err(Failure::failed(message).showing(Report::new(document)));
    }
    let paint = output.paint();
    let seconds = format!("{}.{} s", elapsed_ms / 1000, elapsed_ms / 100 % 10);
    let verdict = paint.green(&format!("All {} checks hold", checks.len()));
    let program = child::program_name();
    let next = [
        format!("{program} dev"),
        format!(
            "{program} contract deploy contracts/artifacts/token.wasm --from alice --salt demo -- {}",
            token::INIT_LINE
        ),
        format!(
            "{program} contract call {contract} --from alice -- transfer --to bob --amount 250"
        ),
        format!("{program} contract query {contract} -- balance-of --owner bob"),
        format!("{program} contract info {contract}"),
        format!("{program} events query --contract {contract}"),
    ];
    let report = Report::new(document)
        .line("")
        .line(format!(
            "{verdict} ({seconds}). The chain is gone; start one that stays and try:"
        ))
        .line("");
    let report = next
        .into_iter()
        .fold(report, |report, line| report.line(format!("    {line}")));
    output.report(&report)
}
