//! How large the images are, and how soon one makes a block. Where there are none, it says so.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use argosy_primitives::Action;
use argosy_sdk::require_success;
use tokio::time::sleep;

use super::super::{print, spread};
use crate::door;
use crate::load::account;
use crate::network::LOOK_EVERY;
use crate::process::{self, READY_WITHIN};

/// The node, and a chain for developers.
const IMAGES: [&str; 2] = ["argosyd", "argosy"];
/// The one that is run, and the port of its RPC.
const CHAIN: (&str, &str) = ("argosy", "9533/tcp");
/// How often it is run.
const RUNS: usize = 5;

pub(super) async fn run() -> Result<()> {
    let mut sizes = Vec::new();
    for image in IMAGES {
        let size = docker(&["image", "inspect", "--format", "{{.Size}}", image]).await;
        let Ok(size) = size else {
            let why = format!("left out: no engine here has {}", IMAGES.join(" and "));
            print("images", format!("{why}; ./x image makes them"));
            return Ok(());
        };
        sizes.push(size);
    }
    for (image, size) in IMAGES.iter().zip(&sizes) {
        let compressed = saved(image).await?;
        print(
            &format!("image {image}, MiB"),
            format!("{}, compressed {}", mib(size)?, mib(&compressed)?),
        );
    }
    let mut took = Vec::new();
    for number in 0..RUNS {
        took.push(first_block(number).await?);
    }
    print("docker run argosy to its first block", spread(took));
    Ok(())
}

/// Bytes of an image as it is sent, compressed.
async fn saved(image: &str) -> Result<String> {
    let script = "set -o pipefail; docker save \"$0\" | gzip | wc -c";
    let words = ["-c", script, image].map(OsString::from);
    process::say(Path::new("bash"), &words).await
}

/// From `docker run` until a transfer is in a block: without one this chain makes none.
async fn first_block(number: usize) -> Result<Duration> {
    let name = format!("argosy-cost-{}-{number}", std::process::id());
    let (image, port) = CHAIN;
    let publish = format!("127.0.0.1::{port}");
    let words = [
        "run",
        "--detach",
        "--name",
        &name,
        "--publish",
        &publish,
        image,
    ];
    let begin = Instant::now();
    let paid = match docker(&words).await {
        Ok(_) => pay(&name).await,
        Err(error) => Err(error),
    };
    let took = begin.elapsed();
    let removed = docker(&["rm", "--force", "--volumes", &name]).await;
    paid?;
    removed?;
    Ok(took)
}

async fn pay(container: &str) -> Result<()> {
    let begin = Instant::now();
    let said = docker(&["port", container, CHAIN.1]).await?;
    let address = published(&said).with_context(|| format!("published on {said:?}"))?;
    let client = loop {
        match door::connect(&format!("http://{address}")).await {
            Ok(client) => break client,
            Err(_) if begin.elapsed() < READY_WITHIN => sleep(LOOK_EVERY).await,
            Err(error) => return Err(error).context("the chain of the image does not answer"),
        }
    };
    let pay = Action::Transfer {
        to: account(1).address(),
        amount: 1,
    };
    let answer = client
        .send(&account(0), vec![pay], &Default::default())
        .await?;
    require_success(answer)?;
    Ok(())
}

async fn docker(words: &[&str]) -> Result<String> {
    let words: Vec<OsString> = words.iter().copied().map(OsString::from).collect();
    process::say(Path::new("docker"), &words).await
}

/// Where `docker port` says that a port is reached.
fn published(said: &str) -> Option<SocketAddr> {
    said.lines().find_map(|it| it.trim().parse().ok())
}

fn mib(bytes: &str) -> Result<String> {
    let count: u64 = bytes
        .trim()
        .parse()
        .with_context(|| format!("{bytes:?} bytes"))?;
    Ok(format!("{:.1}", count as f64 / 1024.0 / 1024.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_address_is_where_a_port_is() {
        let expected = "127.0.0.1:49153".parse().ok();
        assert_eq!(published("127.0.0.1:49153\n"), expected);
        assert_eq!(published("\n127.0.0.1:49153\n[::1]:49154\n"), expected);
        assert_eq!(published(""), None);
        assert_eq!(published("Error: No public port '9533/tcp'\n"), None);
    }

    #[test]
    fn sizes_are_numbers_of_bytes() {
        assert_eq!(mib("16777216\n").ok().as_deref(), Some("16.0"));
        assert!(mib("").is_err());
        assert!(mib("16 MB").is_err());
    }
}
