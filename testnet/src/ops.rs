//! What nodes on this machine tell their operators: one request of HTTP/1.1 each.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// A node that does not answer its operators within this has failed.
const WITHIN: Duration = Duration::from_secs(5);
/// More than a node tells.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;

/// The answer to `GET`, its head included; another status than 200 is an error.
pub(crate) fn get(address: SocketAddr, path: &str) -> Result<String> {
    let what = || format!("no {path} on {address}");
    let answer = ask(address, path).with_context(what)?;
    let status = answer.lines().next().unwrap_or_default();
    ensure!(answer.starts_with("HTTP/1.1 200 "), "{}: {status}", what());
    Ok(answer)
}

fn ask(address: SocketAddr, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, WITHIN)?;
    stream.set_read_timeout(Some(WITHIN))?;
    stream.set_write_timeout(Some(WITHIN))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer)?;
    Ok(answer)
}
