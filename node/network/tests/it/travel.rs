//! Transactions from node to node.

use std::net::SocketAddr;

use argosy_network::{BATCH_COUNT_MAX, NetworkConfig, NetworkError};
use argosy_primitives::GenesisHash;

use crate::world::{Node, TRANSACTION_BYTES_MAX, config, one_has_sent_away};

#[tokio::test]
async fn a_transaction_passes_nodes_that_take_it_and_each_sees_it_once() {
    let first = Node::start(&config(1, &[])).await;
    let middle = Node::start(&config(2, &[first.address()])).await;
    let last = Node::start(&config(3, &[middle.address()])).await;
    middle.has_peers(2).await;
    first.has_peers(1).await;
    last.has_peers(1).await;
    for number in 0..50 {
        first.publish(&format!("tx {number}"));
    }
    last.heap.reach(50).await;
    // Sent again on purpose, as nodes do: nobody looks at them again.
    for number in 0..50 {
        first.publish(&format!("tx {number}"));
    }
    first.publish("tx the last");
    last.heap.reach(51).await;
    assert_eq!(middle.heap.got().len(), 51);
    assert_eq!(last.heap.got().len(), 51);
    let order: Vec<_> = (0..50).map(|it| format!("tx {it}").into_bytes()).collect();
    assert_eq!(
        last.heap.got()[..50],
        order,
        "in the order in which they were sent"
    );
}

#[tokio::test]
async fn what_is_of_no_use_goes_no_further_and_costs_nobody_its_peer() {
    let first = Node::start(&config(11, &[])).await;
    let middle = Node::start(&config(12, &[first.address()])).await;
    let last = Node::start(&config(13, &[middle.address()])).await;
    middle.has_peers(2).await;
    first.has_peers(1).await;
    last.has_peers(1).await;
    // One good one among many: it is handed on alone.
    for number in 0..40 {
        first.publish(&format!("late {number}"));
    }
    first.publish("good");
    last.heap.reach(1).await;
    assert_eq!(last.heap.got(), [b"good".to_vec()]);
    middle.heap.reach(41).await;
    middle.has_peers(2).await;
}

#[tokio::test]
async fn large_ones_travel_alone_and_many_small_ones_together() {
    let first = Node::start(&config(21, &[])).await;
    let second = Node::start(&config(22, &[first.address()])).await;
    second.has_peers(1).await;
    first.has_peers(1).await;
    let publisher = first.network.publisher();
    publisher.publish(vec![1; TRANSACTION_BYTES_MAX]).unwrap();
    for number in 0..2 * BATCH_COUNT_MAX as u32 {
        publisher.publish(number.to_le_bytes().to_vec()).unwrap();
    }
    second.heap.reach(2 * BATCH_COUNT_MAX + 1).await;
    assert_eq!(second.heap.got()[0].len(), TRANSACTION_BYTES_MAX);
}

#[tokio::test]
async fn a_peer_is_called_again_by_its_name_after_it_was_away() {
    let first = Node::start(&config(31, &[])).await;
    let address = first.address();
    let named = NetworkConfig {
        peers: vec![format!("localhost:{}", address.port())],
        ..config(32, &[])
    };
    let second = Node::start(&named).await;
    second.has_peers(1).await;
    first.network.stop().await;
    second.has_peers(0).await;
    let again = NetworkConfig {
        listen: address,
        ..config(31, &[])
    };
    let first = Node::start(&again).await;
    second.has_peers(1).await;
    first.has_peers(1).await;
    second.publish("after it came back");
    first.heap.reach(1).await;
}

#[tokio::test]
async fn nodes_find_each_other_through_a_bootnode() {
    let boot = Node::start(&config(41, &[])).await;
    let newcomer = |seed| NetworkConfig {
        bootnodes: vec![boot.address().to_string()],
        ..config(seed, &[])
    };
    let (second, third) = (
        Node::start(&newcomer(42)).await,
        Node::start(&newcomer(43)).await,
    );
    second.has_peers(2).await;
    third.has_peers(2).await;
}

#[tokio::test]
async fn nodes_of_two_chains_have_nothing_to_say_to_each_other() {
    let first = Node::start(&config(51, &[])).await;
    let other = NetworkConfig {
        chain: GenesisHash::from_bytes([8; 32]),
        ..config(52, &[first.address()])
    };
    let other = Node::start(&other).await;
    let third = Node::start(&config(53, &[first.address()])).await;
    third.has_peers(1).await;
    first.has_peers(1).await;
    one_has_sent_away(&[&first, &other]).await;
    other.publish("of another chain");
    third.publish("of this chain");
    first.heap.reach(1).await;
    assert_eq!(first.heap.got(), [b"of this chain".to_vec()]);
    assert_eq!(*other.network.peers().borrow(), 0);
}

#[tokio::test]
async fn a_node_that_is_told_its_own_address_does_not_call_itself() {
    let probe = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let own: SocketAddr = probe.local_addr().unwrap();
    drop(probe);
    let peer = Node::start(&config(61, &[])).await;
    let own = NetworkConfig {
        listen: own,
        ..config(62, &[own, peer.address()])
    };
    let node = Node::start(&own).await;
    node.has_peers(1).await;
    peer.has_peers(1).await;
    assert_eq!(node.figure("gossip_peers"), 1);
}

#[tokio::test]
async fn an_address_that_is_taken_is_said() {
    let first = Node::start(&config(71, &[])).await;
    let second = NetworkConfig {
        listen: first.address(),
        ..config(72, &[])
    };
    let inbox = first.heap.clone();
    let refused = argosy_network::Network::start(&second, inbox).await;
    let Err(NetworkError::Listen(argosy_swarm::ListenError { address, .. })) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(address, first.address());
}

/// More than a mesh has: gossipsub lets some go again.
#[tokio::test]
async fn a_node_with_many_peers_goes_on() {
    let wide = |seed, peers: &[SocketAddr]| NetworkConfig {
        connections_per_ip_max: 40,
        ..config(seed, peers)
    };
    let mut others = Vec::new();
    for number in 0..15 {
        others.push(Node::start(&wide(200 + number, &[])).await);
    }
    let addresses: Vec<_> = others.iter().map(Node::address).collect();
    let center = Node::start(&wide(82, &addresses)).await;
    center.has_peers(15).await;
    // Over some of its heartbeats.
    for number in 0..4 {
        tokio::time::sleep(std::time::Duration::from_millis(900)).await;
        center.publish(&format!("tx {number}"));
    }
    for other in &others {
        other.heap.reach(4).await;
    }
}

#[tokio::test]
async fn a_peer_that_is_named_later_is_called_and_one_that_is_named_no_more_stays() {
    let first = Node::start(&config(81, &[])).await;
    let second = Node::start(&config(82, &[])).await;
    let third = Node::start(&config(83, &[first.address()])).await;
    third.has_peers(1).await;
    let named = [second.address().to_string()];
    third.network.set_peers(&named, &[]);
    third.has_peers(2).await;
    first.has_peers(1).await;
    second.has_peers(1).await;
    third.publish("tx");
    first.heap.reach(1).await;
    second.heap.reach(1).await;
}
