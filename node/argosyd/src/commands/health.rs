//! `argosyd health`: asks a running node, for people and for a container's HEALTHCHECK.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::print;
use crate::config::{Config, Loaded};
use crate::failure::{Exit, Failure};
use crate::node::Endpoints;

const WITHIN: Duration = Duration::from_secs(3);
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;

pub(super) fn run(loaded: &Loaded, live: bool) -> Result<(), Failure> {
    let address = address(loaded.config());
    let path = if live { "/livez" } else { "/readyz?verbose" };
    let (status, body) = ask(loaded.config(), path)?;
    print(&body);
    match status {
        200 => Ok(()),
        _ => Err(Failure::new(
            Exit::Other,
            format!("the node on {address} is not well"),
        )),
    }
}

/// Asks the operators' port of a running node: status and body.
pub(super) fn ask(config: &Config, path: &str) -> Result<(u16, String), Failure> {
    let address = address(config);
    get(address, path).map_err(|error| {
        let message = format!("no node answers on {address}: {error}");
        Failure::new(Exit::Other, message)
    })
}

/// Where the node of this directory listens; if it does not say, where it would by configuration.
fn address(config: &Config) -> SocketAddr {
    let told = Endpoints::read(&config.data_dir).and_then(|it| it.ops_address());
    let mut address = told.unwrap_or(config.ops.listen);
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// One request of HTTP/1.1, without keeping the connection.
fn get(address: SocketAddr, path: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&address, WITHIN)?;
    stream.set_read_timeout(Some(WITHIN))?;
    stream.set_write_timeout(Some(WITHIN))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let not_http = || std::io::Error::other("what answers does not speak HTTP");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(not_http)?;
    let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
    Ok((status.ok_or_else(not_http)?, body.to_owned()))
}
