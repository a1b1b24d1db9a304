//! Ports, other nodes, and the node that runs.
//!
//! Always: no call takes longer than [`ANSWERS_WITHIN`], name look-ups aside; so many are made at most.

use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::thread;
use std::time::Duration;

use argosy_spec::{Agreement, ChainSpec};

use super::Report;
use crate::commands::health;
use crate::config::Config;
use crate::node::Endpoints;

const ANSWERS_WITHIN: Duration = Duration::from_secs(3);
/// More are not called.
const CALLS_MAX: usize = 64;

/// Asks the node of this directory how it is; whether there is one.
pub(super) fn running(config: &Config, report: &mut Report) -> bool {
    // On the port of the configuration another one may answer.
    let is_ours = Endpoints::read(&config.data_dir).is_some();
    let answer = health::ask(config, "/readyz?verbose").ok();
    let Some((_, text)) = answer.filter(|_| is_ours) else {
        report.doubt("node.running", "no node of this configuration runs");
        return false;
    };
    report.well("node.running", "yes");
    for line in text.lines() {
        if let Some(line) = line.strip_prefix("[+] ") {
            report.well("node.ready", line);
        } else if let Some(line) = line.strip_prefix("[-] ") {
            report.wrong("node.ready", line);
        }
    }
    true
}

pub(super) fn look(config: &Config, spec: &ChainSpec, is_running: bool, report: &mut Report) {
    let is_bft = spec.protocol.agreement == Agreement::Bft;
    if !is_running {
        ports(config, is_bft, report);
    }
    if !is_bft {
        return;
    }
    let (agreement, gossip) = (&config.agreement, &config.gossip);
    let names = [&agreement.peers, &gossip.peers, &gossip.bootnodes];
    let mut names: Vec<&String> = names.into_iter().flatten().collect();
    names.sort();
    names.dedup();
    let own = [agreement.listen.port(), gossip.listen.port()];
    if names.is_empty() {
        let text = "none is named in p2p.peers: nobody is called; others must name this node";
        report.doubt("network.peers", text);
    }
    let calls: Vec<_> = names
        .into_iter()
        .take(CALLS_MAX)
        .cloned()
        .map(|name| thread::spawn(move || (call(&name, own), name)))
        .collect();
    for asked in calls {
        match asked.join() {
            Ok((Ok(true), name)) => report.well("network.peers", format!("{name} is this node")),
            Ok((Ok(false), name)) => report.well("network.peers", format!("{name} answers")),
            Ok((Err(error), name)) => report.wrong(
                "network.peers",
                format!("{name} cannot be reached: {error}; is it running, and does a firewall let this machine call it?"),
            ),
            Err(_) => report.doubt("network.peers", "one could not be called"),
        }
    }
}

/// `Ok(true)`: it is this machine, and one of its `own` ports.
fn call(name: &str, own: [u16; 2]) -> std::io::Result<bool> {
    let mut failed = std::io::Error::other("the name has no address");
    for address in name.to_socket_addrs()? {
        if own.contains(&address.port()) && TcpListener::bind((address.ip(), 0)).is_ok() {
            return Ok(true);
        }
        match TcpStream::connect_timeout(&address, ANSWERS_WITHIN) {
            Ok(_) => return Ok(false),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// Whether the node could listen where it will.
fn ports(config: &Config, is_bft: bool, report: &mut Report) {
    let mut wanted: Vec<(&str, SocketAddr)> =
        vec![("rpc", config.rpc.listen), ("ops", config.ops.listen)];
    if is_bft {
        wanted.push(("p2p", config.agreement.listen));
        wanted.push(("gossip", config.gossip.listen));
    }
    for (name, address) in wanted {
        match TcpListener::bind(address) {
            Ok(_) => report.well("network.ports", format!("{name}: {address} is free")),
            Err(error) => report.wrong(
                "network.ports",
                format!("{name}: cannot listen on {address}: {error}; stop what does (ss -ltnp), or choose another with {name}.listen"),
            ),
        }
    }
}
