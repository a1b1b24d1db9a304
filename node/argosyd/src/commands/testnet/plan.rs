//! Who is on the network, and where each listens.
//!
//! Always: no two sockets of a network have one port, and all ports exist.

use std::net::{Ipv4Addr, SocketAddr};

use argosy_primitives::Hrp;
use clap::ArgMatches;

use crate::failure::{Exit, Failure};

/// Nodes of one machine; their usual ports do not meet.
const NODES_MAX: usize = 100;
/// Ports of node I are higher by so much times I.
const PORTS_PER_NODE: u16 = 10;

/// The network.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) chain_name: String,
    pub(super) hrp: Hrp,
    pub(super) target_time_ms: Option<u64>,
    /// So many of the development accounts have funds.
    pub(super) accounts: usize,
    /// Validators first.
    pub(super) nodes: Vec<Node>,
}

/// A node.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) name: String,
    /// Of its vote; `None`: it has none.
    pub(super) power: Option<u64>,
    pub(super) ports: Ports,
}

/// Where a node listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ports {
    p2p: u16,
    gossip: u16,
    rpc: u16,
    ops: u16,
}

impl Plan {
    /// What was asked for, if it can be.
    pub(super) fn from(matches: &ArgMatches) -> Result<Plan, Failure> {
        let count = |name| usize::from(matches.get_one::<u16>(name).copied().unwrap_or_default());
        let (validators, full_nodes) = (count("validators"), count("full-nodes"));
        if validators + full_nodes > NODES_MAX {
            return Err(usage(format!(
                "{validators} validators and {full_nodes} full nodes are more than {NODES_MAX} nodes"
            )));
        }
        let powers = match matches.get_many::<u64>("power") {
            Some(powers) => powers.copied().collect(),
            None => vec![1; validators],
        };
        if powers.len() != validators {
            return Err(usage(format!(
                "--power has {} numbers for {validators} validators; give one for each",
                powers.len()
            )));
        }
        let base = matches.get_one("base-port").copied();
        let nodes = (0..validators + full_nodes).map(|index| {
            Ok::<Node, Failure>(Node {
                name: format!("node{index}"),
                power: powers.get(index).copied(),
                ports: Ports::of_node(index, base).ok_or_else(|| {
                    usage(format!(
                        "node{index} would need ports above 65535; give a lower --base-port"
                    ))
                })?,
            })
        });
        let hrp = matches.get_one("hrp").copied();
        Ok(Plan {
            chain_name: matches.get_one("chain-name").cloned().unwrap_or_default(),
            hrp: hrp.unwrap_or(Hrp::Dev),
            target_time_ms: matches.get_one("target-time").copied(),
            accounts: matches.get_one("accounts").copied().unwrap_or_default(),
            nodes: nodes.collect::<Result<_, _>>()?,
        })
    }
}

impl Ports {
    /// Beginning with `base`, or the usual ones of the instance.
    fn of_node(index: usize, base: Option<u16>) -> Option<Ports> {
        let shift = u16::try_from(index).ok()?.checked_mul(PORTS_PER_NODE)?;
        let ports = match base {
            None => [30533, 30534, 9533, 9535],
            Some(base) => {
                // The last one bounds all.
                base.checked_add(3)?;
                [base, base + 1, base + 2, base + 3]
            }
        };
        ports[3].max(ports[1]).checked_add(shift)?;
        let [p2p, gossip, rpc, ops] = ports.map(|it| it + shift);
        Some(Ports {
            p2p,
            gossip,
            rpc,
            ops,
        })
    }

    /// Consensus.
    pub(super) fn p2p(self) -> SocketAddr {
        loopback(self.p2p)
    }

    /// Transactions between nodes.
    pub(super) fn gossip(self) -> SocketAddr {
        loopback(self.gossip)
    }

    /// JSON-RPC.
    pub(super) fn rpc(self) -> SocketAddr {
        loopback(self.rpc)
    }

    /// Health and metrics.
    pub(super) fn ops(self) -> SocketAddr {
        loopback(self.ops)
    }
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn usage(message: String) -> Failure {
    Failure::new(Exit::Usage, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(index: usize, base: Option<u16>) -> Option<[u16; 4]> {
        let ports = Ports::of_node(index, base)?;
        Some([ports.p2p, ports.gossip, ports.rpc, ports.ops])
    }

    #[test]
    fn the_usual_ports_are_those_of_the_instance() {
        assert_eq!(ports(0, None), Some([30533, 30534, 9533, 9535]));
        assert_eq!(ports(7, None), Some([30603, 30604, 9603, 9605]));
    }

    #[test]
    fn chosen_ports_follow_each_other_and_end_with_the_last() {
        assert_eq!(ports(1, Some(2000)), Some([2010, 2011, 2012, 2013]));
        assert_eq!(ports(0, Some(65532)), Some([65532, 65533, 65534, 65535]));
        assert_eq!(ports(0, Some(65533)), None);
        assert_eq!(ports(1, Some(65522)), Some([65532, 65533, 65534, 65535]));
        assert_eq!(ports(1, Some(65523)), None);
        assert_eq!(ports(99, Some(u16::MAX)), None);
    }

    #[test]
    fn no_port_is_taken_twice() {
        for base in [None, Some(2000)] {
            let all = (0..NODES_MAX).filter_map(|it| ports(it, base));
            let mut all: Vec<u16> = all.flatten().collect();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), 4 * NODES_MAX, "{base:?}");
        }
    }
}
