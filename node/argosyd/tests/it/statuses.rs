//! What becomes of a transaction, asked of the node to which it came from another, and after kills.

use argosy_primitives::TxId;
use argosy_rpc_api::{DropReasonView, ReceivedFrom, TxStatus};
use argosy_sdk::{Client, dev_account};

use crate::network::{Network, until};
use crate::world::transfer;

async fn status(client: &Client, id: TxId) -> Option<TxStatus> {
    client.tx_status(id).await.ok().map(|it| it.status)
}

#[tokio::test]
async fn a_replaced_transaction_is_known_to_those_that_only_heard_of_it_and_after_a_kill() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(2).await;
    let (near, far) = (network.client(0).await, network.client(1).await);
    // The one before it is missing, so it waits.
    let waits = transfer(&near, 1);
    let mut dearer = waits.transaction.clone();
    (dearer.tip, dearer.max_gas_price) = (1_000, 2_000_000);
    let alice = dev_account("alice").unwrap();
    let dearer = alice.sign(dearer);
    near.submit(&waits).await.unwrap();
    until(async || status(&far, waits.id()).await == Some(TxStatus::Pending)).await;
    let heard = far.tx_status(waits.id()).await.unwrap();
    assert_eq!(heard.received.unwrap().from, ReceivedFrom::Peer);
    near.submit(&dearer).await.unwrap();
    let by = dearer.id().into();
    let reason = DropReasonView::Replaced { by };
    let replaced = Some(TxStatus::Dropped { reason });
    until(async || status(&far, waits.id()).await == replaced).await;
    assert_eq!(status(&near, waits.id()).await, replaced);

    network.kill(1);
    network.spawn(1);
    let far = network.client(1).await;
    assert_eq!(status(&far, waits.id()).await, replaced);
    // It waited when the node was killed; another one may have handed it on again by now.
    let now = status(&far, dearer.id()).await;
    let reason = DropReasonView::Restarted;
    let restarted = Some(TxStatus::Dropped { reason });
    assert!(
        now == restarted || now == Some(TxStatus::Pending),
        "{now:?}"
    );
}
