//! Which nodes this one stays connected with, changed while it runs.
//!
//! Always: what is here holds until SIGHUP, which brings back what the configuration names, or the end.
//! No connection is closed.
//! Not here: the calls themselves (`argosy-links`, `argosy-network`).

use argosy_rpc_api::RpcError;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::call::Arguments;
use crate::config::is_place;
use crate::node::reload::Named;

/// Nodes that may be named in one network.
const NAMES_MAX: usize = 256;
/// No name of a host is longer than 253 characters.
const ADDRESS_BYTES_MAX: usize = 260;

/// Names one more, if it is not named yet.
pub(super) fn add(named: &watch::Sender<Named>, arguments: &Arguments) -> Result<Value, RpcError> {
    let (network, address) = (Network::of(arguments)?, address(arguments)?);
    let mut refused = None;
    let changes = named.send_if_modified(|named| {
        let names = network.names(named);
        if names.contains(&address) {
            return false;
        }
        if names.len() >= NAMES_MAX {
            let reason = format!("{NAMES_MAX} nodes are named there already");
            refused = Some(RpcError::invalid("address", reason));
            return false;
        }
        names.push(address.clone());
        true
    });
    match refused {
        Some(refused) => Err(refused),
        None => Ok(network.told(&mut named.borrow().clone(), changes)),
    }
}

/// Names one no more, if it is named.
pub(super) fn remove(
    named: &watch::Sender<Named>,
    arguments: &Arguments,
) -> Result<Value, RpcError> {
    let (network, address) = (Network::of(arguments)?, address(arguments)?);
    let changes = named.send_if_modified(|named| {
        let names = network.names(named);
        let before = names.len();
        names.retain(|it| *it != address);
        names.len() < before
    });
    Ok(network.told(&mut named.borrow().clone(), changes))
}

/// A network between nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Network {
    Consensus,
    Gossip,
}

impl Network {
    fn of(arguments: &Arguments) -> Result<Network, RpcError> {
        match arguments.get("network").and_then(Value::as_str) {
            Some("consensus") => Ok(Network::Consensus),
            Some("gossip") => Ok(Network::Gossip),
            Some(_) | None => Err(RpcError::invalid(
                "network",
                "expected \"consensus\" or \"gossip\"",
            )),
        }
    }

    fn names(self, named: &mut Named) -> &mut Vec<String> {
        match self {
            Network::Consensus => &mut named.peers,
            Network::Gossip => &mut named.gossip_peers,
        }
    }

    /// Who is named now, and whether that is news.
    fn told(self, named: &mut Named, changes: bool) -> Value {
        json!({"peers": self.names(named), "isChanged": changes})
    }
}

fn address(arguments: &Arguments) -> Result<String, RpcError> {
    let wrong = || {
        let reason = "expected host:port, such as validator-1:30533";
        RpcError::invalid("address", reason)
    };
    let text = arguments.get("address").and_then(Value::as_str);
    let text = text.filter(|it| it.len() <= ADDRESS_BYTES_MAX && is_place(it));
    text.map(str::to_owned).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named() -> watch::Sender<Named> {
        watch::Sender::new(Named {
            peers: vec!["a:1".to_owned()],
            gossip_peers: Vec::new(),
            bootnodes: Vec::new(),
        })
    }

    fn arguments(network: &str, address: &str) -> Arguments {
        Arguments::from([("network", json!(network)), ("address", json!(address))])
    }

    #[test]
    fn a_name_is_there_once_and_goes_as_it_came() {
        let named = named();
        let seen = named.subscribe();
        let add = |network, address| add(&named, &arguments(network, address)).unwrap();
        assert_eq!(
            add("consensus", "a:1"),
            json!({"peers": ["a:1"], "isChanged": false})
        );
        assert!(!seen.has_changed().unwrap(), "nobody is woken for nothing");
        assert_eq!(
            add("consensus", "b:2"),
            json!({"peers": ["a:1", "b:2"], "isChanged": true})
        );
        assert!(seen.has_changed().unwrap());
        assert_eq!(add("gossip", "b:2")["peers"], json!(["b:2"]));
        let remove = |network| remove(&named, &arguments(network, "b:2")).unwrap();
        assert_eq!(
            remove("consensus"),
            json!({"peers": ["a:1"], "isChanged": true})
        );
        assert_eq!(
            remove("consensus"),
            json!({"peers": ["a:1"], "isChanged": false})
        );
        assert_eq!(remove("gossip")["peers"], json!([]));
    }

    #[test]
    fn what_names_no_node_changes_nothing() {
        let named = named();
        let long = format!("{}:1", "a".repeat(ADDRESS_BYTES_MAX));
        for (network, address) in [
            ("rpc", "b:2"),
            ("consensus", "b"),
            ("consensus", ":2"),
            ("consensus", "b:0"),
            ("gossip", "b:65536"),
            ("gossip", ""),
            ("gossip", long.as_str()),
        ] {
            let wrong = arguments(network, address);
            for refused in [add(&named, &wrong), remove(&named, &wrong)] {
                let error = refused.unwrap_err();
                assert_eq!(error.kind(), "INVALID_PARAMS", "{network} {address}");
            }
        }
        assert_eq!(named.borrow().peers, ["a:1"]);
    }

    #[test]
    fn the_list_has_an_end() {
        let named = named();
        for port in 1..NAMES_MAX {
            add(&named, &arguments("consensus", &format!("b:{port}"))).unwrap();
        }
        assert_eq!(named.borrow().peers.len(), NAMES_MAX);
        let refused = add(&named, &arguments("consensus", "c:1")).unwrap_err();
        assert!(refused.to_string().contains("256"), "{refused}");
        // One that is there is no addition.
        add(&named, &arguments("consensus", "a:1")).unwrap();
    }
}
