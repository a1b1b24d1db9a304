//! What becomes of transactions that are followed.
//!
//! Looks after those that are new, and after all at each new block: what waits no longer is in a
//! block or was let go. Always: asks the driver as any reader does, so the chain never waits for it.

use std::sync::Arc;

use argosy_chain::ChainView;
use argosy_driver::Driver;
use argosy_primitives::TxId;
use tokio::task::spawn_blocking;

use super::waiting::{Fate, Waiting};
use crate::node::tasks::Stop;

/// Until the node stops.
pub(super) async fn run(waiting: Arc<Waiting>, driver: Driver, mut stop: Stop) {
    let mut changes = driver.changes();
    let mut seen = None;
    loop {
        tokio::select! {
            biased;
            () = stop.asked() => return,
            () = waiting.added() => {}
            changed = changes.changed() => {
                if changed.is_err() {
                    return;
                }
            }
        }
        let head = Some(driver.view().head().header.height);
        let ids = match head == seen {
            true => waiting.new_ones(),
            false => waiting.all(),
        };
        seen = head;
        if ids.is_empty() {
            continue;
        }
        let asked = driver.clone();
        match spawn_blocking(move || fates(&asked, ids)).await {
            Ok(fates) => fates
                .iter()
                .for_each(|(id, fate)| waiting.settle(id, *fate)),
            // The next block comes, and with it the next look; a panic is in the log.
            Err(_) => seen = None,
        }
    }
}

/// Of those that wait no longer.
fn fates(driver: &Driver, mut ids: Vec<TxId>) -> Vec<(TxId, Fate)> {
    ids.retain(|id| !driver.waits(id));
    // Taken after it was asked who waits: whatever was committed by then is in it.
    let view = driver.view();
    ids.into_iter().map(|id| (id, fate(&view, &id))).collect()
}

fn fate(view: &ChainView, id: &TxId) -> Fate {
    match view.locate(id) {
        Ok(Some(at)) => Fate::Committed {
            height: at.height,
            status: view.receipt(at).ok().flatten().map(|it| it.status),
        },
        Ok(None) => Fate::Dropped,
        Err(_) => Fate::Unknown,
    }
}
