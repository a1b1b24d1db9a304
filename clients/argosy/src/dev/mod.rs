//! `argosy dev`: a chain in memory behind the RPC server, until a signal or a fault ends it.
//!
//! States: starting → ready (banner on stdout) → stopping (signal) → stopped, or → failed (fault).
//! Always: everything is gone when it stops, unless it was given a file for its state; it listens on
//! this machine only unless told otherwise.

mod banner; // what one needs to know to use it
mod log; // tracing on stderr
mod node; // chain, replica, driver, server
mod options; // which chain
mod signals; // when to stop, when to make a block
mod watch; // what is built goes into its contracts

use std::time::{Duration, Instant};

use anyhow::Context;
use argosy_driver::DriverStopped;
use argosy_replica::BlockMode;

use crate::args::{DevChainArgs, Format};
use crate::failure::Failure;
use crate::output::Output;
use banner::Banner;
use node::DevNode;
use signals::Signals;

/// How long the replica may take to finish its block.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// Runs until it is told to stop.
pub(crate) fn run(args: &DevChainArgs, output: Output) -> Result<(), Failure> {
    let begin = Instant::now();
    log::init(args, output)?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start threads")?;
    let ended = runtime.block_on(serve(args, output, begin));
    // Whatever still runs has had its time.
    runtime.shutdown_timeout(Duration::from_millis(100));
    ended
}

async fn serve(args: &DevChainArgs, output: Output, begin: Instant) -> Result<(), Failure> {
    // Before anybody is told that we are ready, so that no signal is lost.
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    let mut node = DevNode::start(args, output).await?;
    let watch = watch::start(args, &node, output).await?;
    if !args.host.is_loopback() {
        output.warning(format!(
            "listening on {}: whoever reaches it can spend the dev accounts",
            args.host
        ));
    }
    let banner = Banner::new(&node, args.block_time, begin.elapsed());
    match output.format() {
        Format::Text => crate::output::print(&banner.text(output.paint())),
        Format::Json | Format::Jsonl => output.report(&banner.report())?,
    }
    let mut lines = match args.block_time {
        BlockMode::Manual => signals::stdin_lines(),
        BlockMode::Instant | BlockMode::Interval { .. } | BlockMode::Agreed => signals::no_lines(),
    };
    loop {
        tokio::select! {
            biased;
            stopped = &mut node.end => return failed(stopped.unwrap_or(DriverStopped::Asked)),
            () = signals.stop() => break,
            Some(()) = lines.recv() => match node.driver.mine().await {
                Ok(height) => output.progress(format!("block {height}")),
                Err(error) => output.warning(error.to_string()),
            },
        }
    }
    drop(watch);
    stop(node, output).await
}

/// Lets open calls and the block in progress finish.
async fn stop(node: DevNode, output: Output) -> Result<(), Failure> {
    output.progress("stopping");
    node.driver.stop();
    node.server.stop().await;
    match tokio::time::timeout(STOP_WITHIN, node.end).await {
        Ok(Ok(stopped)) => failed(stopped)?,
        Ok(Err(_)) | Err(_) => return Err(Failure::failed("the replica did not stop in time")),
    }
    let view = node.driver.view();
    let height = view.head().header.height;
    if let Some(fork) = &node.fork {
        output.progress(format!("fork: {}", fork.read_so_far()));
    }
    let Some(file) = &node.file else {
        output.progress(format!("stopped at height {height}; the chain is gone"));
        return Ok(());
    };
    file.write(&view).map_err(|error| {
        Failure::failed(error).hint("what was in the file before is there still")
    })?;
    let path = file.path().display();
    output.progress(format!(
        "stopped at height {height}; the chain is in {path}"
    ));
    Ok(())
}

fn failed(stopped: DriverStopped) -> Result<(), Failure> {
    match stopped {
        DriverStopped::Asked => Ok(()),
        DriverStopped::Fault(fault) => Err(Failure::failed(format!(
            "the node failed and has stopped: {fault}"
        ))
        .hint("this is a bug; please report it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_with_its_reason() {
        let fault = argosy_driver::DriverFault {
            kind: argosy_driver::FaultKind::Divergence,
            reason: "block 7 executed twice".into(),
            transaction: None,
        };
        let failure = failed(DriverStopped::Fault(fault)).unwrap_err();
        assert!(failure.message().contains("block 7 executed twice"));
        assert_eq!(failure.json()["error"]["exitCode"], 1);
        assert!(failed(DriverStopped::Asked).is_ok());
    }
}
