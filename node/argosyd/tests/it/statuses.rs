//! What becomes of a transaction, asked of the node to which it came from another, and after kills.

use argosy_primitives::{SignedTransaction, Transaction, TxId};
use argosy_rpc_api::{DropReasonView, Height, ReceivedFrom, TxStatus, TxStatusAnswer};
use argosy_sdk::Client;

use crate::network::{Network, head, until};
use crate::world::{account, transfer};

/// Blocks are made every 100 ms: long enough to come to the other node, and soon over.
const BLOCKS_UNTIL_EXPIRED: u64 = 30;

async fn answer(client: &Client, id: TxId) -> Option<TxStatusAnswer> {
    client.tx_status(id).await.ok()
}

async fn status(client: &Client, id: TxId) -> Option<TxStatus> {
    answer(client, id).await.map(|it| it.status)
}

/// Alice's transfer with this nonce, changed.
fn changed(
    client: &Client,
    nonce: u64,
    change: impl FnOnce(&mut Transaction),
) -> SignedTransaction {
    let mut transaction = transfer(client, nonce).transaction;
    change(&mut transaction);
    account("alice").sign(transaction)
}

/// Hands a transaction to one node, and waits until the other one has it, too.
async fn heard(near: &Client, far: &Client, transaction: &SignedTransaction) {
    let id = transaction.id();
    near.submit(transaction).await.unwrap();
    until(async || status(far, id).await == Some(TxStatus::Pending)).await;
    for (client, from) in [(near, ReceivedFrom::Client), (far, ReceivedFrom::Peer)] {
        let found = answer(client, id).await.unwrap();
        assert_eq!(found.received.unwrap().from, from);
    }
}

/// One that waited when the node was killed; the other node may have handed it on again by now.
fn is_lost_or_back(status: Option<&TxStatus>) -> bool {
    let reason = DropReasonView::Restarted;
    status == Some(&TxStatus::Dropped { reason }) || status == Some(&TxStatus::Pending)
}

#[tokio::test]
async fn a_node_that_only_heard_of_transactions_knows_why_they_went_and_after_kills_too() {
    let mut network = Network::written(1, 1, &[]);
    network.spawn(0);
    network.spawn(1);
    network.reach(2).await;
    let (near, far) = (network.client(0).await, network.client(1).await);
    // The first nonce is missing, so all of them wait, on both nodes.
    let waits = transfer(&near, 3);
    heard(&near, &far, &waits).await;
    // The nodes gossip by now, so what follows comes in time.
    let valid_until = head(&near).await + BLOCKS_UNTIL_EXPIRED;
    let replaced = transfer(&near, 1);
    let dearer = changed(&near, 1, |it| {
        (it.tip, it.max_gas_price) = (1_000, 2_000_000);
    });
    let expires = changed(&near, 2, |it| it.valid_until = valid_until);
    heard(&near, &far, &replaced).await;
    heard(&near, &far, &expires).await;

    near.submit(&dearer).await.unwrap();
    let dropped = |reason| TxStatus::Dropped { reason };
    let by = dearer.id().into();
    let valid_until = Height(valid_until);
    let ended = [
        (replaced.id(), dropped(DropReasonView::Replaced { by })),
        (
            expires.id(),
            dropped(DropReasonView::Expired { valid_until }),
        ),
    ];
    for (id, expected) in &ended {
        until(async || status(&far, *id).await.as_ref() == Some(expected)).await;
        until(async || status(&near, *id).await.as_ref() == Some(expected)).await;
    }
    let before = [
        answer(&far, replaced.id()).await.unwrap(),
        answer(&far, expires.id()).await.unwrap(),
    ];

    // Without a chance to finish anything: the one that heard of them, then the one that told it.
    for number in [1, 0] {
        network.kill(number);
        network.spawn(number);
        let client = network.client(number).await;
        for (id, expected) in &ended {
            assert_eq!(
                status(&client, *id).await.as_ref(),
                Some(expected),
                "node{number}"
            );
        }
        for id in [dearer.id(), waits.id()] {
            let found = status(&client, id).await;
            assert!(is_lost_or_back(found.as_ref()), "node{number}: {found:?}");
        }
    }
    let far = network.client(1).await;
    for answer_before in &before {
        let now = answer(&far, answer_before.tx_id.0).await.unwrap();
        assert_eq!(
            now.received, answer_before.received,
            "also when it came, and how"
        );
    }
    // The gap is closed, and what still waits anywhere is executed: that counts more than what was before.
    let near = network.client(0).await;
    near.submit(&transfer(&near, 0)).await.unwrap();
    // It may be there again already, by the other node.
    let _known_or_not = near.submit(&dearer).await;
    let is_included = |it: Option<TxStatus>| matches!(it, Some(TxStatus::Included { .. }));
    until(async || is_included(status(&far, dearer.id()).await)).await;
    network.kill(1);
    network.spawn(1);
    let far = network.client(1).await;
    assert!(is_included(status(&far, dearer.id()).await));
    assert_eq!(
        status(&far, replaced.id()).await.as_ref(),
        Some(&ended[0].1)
    );
}
