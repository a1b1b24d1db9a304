//! Blocks and state of earlier heights: right where they are kept, `Pruned` where they are not.

use std::sync::Arc;

use argosy_chain::{Chain, ChainConfig, Engine, Retention};
use argosy_driver::{Driver, DriverConfig, DriverStopped, LocalNode};
use argosy_kv::MemoryStore;
use argosy_primitives::{Limits, TxId, decode_untrusted};
use argosy_proof::{StateKey, StateMultiproof, StateProof, verify_state, verify_states};
use argosy_replica::BlockMode;
use argosy_rpc::{
    AccountPort, ChainPort, ContractPort, EventsPort, EventsQuery, StateDiff, StatePort,
    SystemPort, TxPort,
};
use argosy_rpc_api::{
    At, BlockSelector, HealthStatus, Height, KeepsView, RpcError, StateChange, StateKeyView,
};
use argosy_spec::ChainSpec;
use tokio::sync::oneshot;

use crate::{accounts, address, start, start_with, transfer};

/// Forty blocks, with a transfer in each.
async fn forty_blocks() -> (Driver, LocalNode, oneshot::Receiver<DriverStopped>) {
    let (driver, node, end) = start(BlockMode::Manual, DriverConfig::default());
    transfers(&driver, &node, 40).await;
    (driver, node, end)
}

/// So many blocks with a transfer in each; answers the transactions.
async fn transfers(driver: &Driver, node: &LocalNode, count: u64) -> Vec<TxId> {
    let mut ids = Vec::new();
    for nonce in 0..count {
        let tx = transfer(driver, 1, nonce);
        ids.push(tx.id());
        node.submit(tx).await.unwrap();
        assert_eq!(driver.mine().await.unwrap(), nonce + 1);
    }
    ids
}

/// Sixty blocks, of which a node in this mode keeps what it keeps.
async fn sixty_blocks(
    retention: Retention,
) -> (
    (Driver, LocalNode, oneshot::Receiver<DriverStopped>),
    Vec<TxId>,
) {
    let mut spec = ChainSpec::dev();
    spec.genesis.accounts = accounts();
    let (engine, spec) = (Arc::new(Engine::new(&spec)), Arc::new(spec));
    let config = ChainConfig {
        retention: Some(retention),
        ..ChainConfig::default()
    };
    let chain = Chain::open_as(Arc::new(MemoryStore::new()), spec, engine, config).unwrap();
    let started = start_with(chain, BlockMode::Manual, DriverConfig::default());
    let ids = transfers(&started.0, &started.1, 60).await;
    (started, ids)
}

#[tokio::test]
async fn blocks_that_are_gone_are_refused_as_pruned_and_headers_are_not() {
    let ((_driver, node, _end), ids) = sixty_blocks(Retention::Blocks(40)).await;
    for height in [0, 1, 20, 21, 22, 60] {
        let at = BlockSelector::Height(height);
        assert_eq!(node.header(at).unwrap().value.height, height);
        let query = EventsQuery {
            from: Some(height),
            limit: 10,
            ..EventsQuery::default()
        };
        let (block, events) = (node.block(at).err(), node.events(query).err());
        for error in [block, events] {
            match height < 21 {
                true => assert!(
                    matches!(&error, Some(RpcError::Pruned { oldest_height }) if oldest_height.0 == 21),
                    "{height}: {error:?}"
                ),
                false => assert!(error.is_none(), "{height}: {error:?}"),
            }
        }
    }
    // Of a transaction nothing is left either, not even that it was there.
    assert_eq!(node.receipt(&ids[0]).unwrap(), None);
    assert!(node.receipt(&ids[20]).unwrap().is_some());
    assert!(node.transaction(&ids[0]).unwrap().is_none());
    let found = node.transaction(&ids[20]).unwrap().unwrap();
    assert_eq!((found.at.height.0, found.value.0), (21, 0));
    assert_eq!(found.value.1.id(), ids[20]);
    let info = node.node_info().unwrap();
    let count = Height(40);
    assert_eq!(
        (info.keeps, info.oldest_block),
        (KeepsView::Blocks { count }, Height(21))
    );
}

#[tokio::test]
async fn an_archive_reads_state_of_all_heights_and_proves_that_of_the_last() {
    let ((_driver, node, _end), ids) = sixty_blocks(Retention::Archive).await;
    for height in 0..=60 {
        let at = BlockSelector::Height(height);
        let account = node.account(address(1), at).unwrap();
        assert_eq!((account.at.height.0, account.nonce.0), (height, height));
        let plain = node.state_value(address(1), StateKeyView::Account {}, at);
        let plain = plain.unwrap();
        assert_eq!(plain.at.height.0, height);
        let proof = node.state_proof(address(1), StateKeyView::Account {}, at);
        if let Ok(proof) = &proof {
            assert_eq!(plain.value, proof.value);
        }
        match (height < 28, proof) {
            (true, Err(RpcError::Pruned { oldest_height })) => assert_eq!(oldest_height.0, 28),
            (false, Ok(proof)) => assert_eq!(proof.at.height.0, height),
            (_, other) => panic!("{height}: {other:?}"),
        }
    }
    assert!(node.receipt(&ids[0]).unwrap().is_some());
    let info = node.node_info().unwrap();
    let oldest = [info.oldest_block, info.oldest_state, info.oldest_proven];
    assert_eq!(
        (info.keeps, oldest),
        (KeepsView::Archive, [0, 0, 28].map(Height))
    );
}

/// All that a block changed, by pages of so many.
fn changes(node: &LocalNode, height: u64, limit: u32) -> Result<Vec<StateChange>, RpcError> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let diff = StateDiff {
            address: None,
            after,
            limit,
        };
        let page = node.state_diff(diff, BlockSelector::Height(height))?;
        assert_eq!(page.at.height.0, height);
        assert!(page.changes.len() <= limit as usize);
        found.extend(page.changes);
        after = page.next.map(|it| (it.address.address, it.key));
        if after.is_none() {
            return Ok(found);
        }
    }
}

#[tokio::test]
async fn what_a_block_changed_is_told_as_long_as_that_is_known() {
    let ((_driver, node, _end), _) = sixty_blocks(Retention::Archive).await;
    for height in [29, 40, 60] {
        let all = changes(&node, height, 1_000).unwrap();
        assert!(all.len() >= 2, "{all:?}");
        assert_eq!(changes(&node, height, 1).unwrap(), all, "page by page");
        for change in &all {
            let StateChange::Account {
                address,
                before,
                after,
            } = change
            else {
                continue;
            };
            let [was, is] = [height - 1, height].map(|it| {
                let account = node.account(address.address, BlockSelector::Height(it));
                let account = account.unwrap();
                Some((account.balance, account.nonce)).filter(|it| it.0.0 > 0 || it.1.0 > 0)
            });
            assert_eq!(before.map(|it| (it.balance, it.nonce)), was, "{change:?}");
            assert_eq!(after.map(|it| (it.balance, it.nonce)), is, "{change:?}");
        }
        // Of one account alone.
        let diff = StateDiff {
            address: Some(address(1)),
            after: None,
            limit: 10,
        };
        let own = node.state_diff(diff, BlockSelector::Height(height));
        let own = own.unwrap().changes;
        let [StateChange::Account { after, .. }] = own.as_slice() else {
            panic!("{own:?}")
        };
        assert_eq!(after.map(|it| it.nonce.0), Some(height));
        assert!(all.contains(&own[0]));
    }
    for height in [1, 28] {
        let refused = changes(&node, height, 10).unwrap_err();
        assert!(
            matches!(refused, RpcError::Pruned { oldest_height } if oldest_height.0 == 29),
            "{height}: {refused:?}"
        );
    }
    let missing = changes(&node, 61, 10).unwrap_err();
    assert!(matches!(missing, RpcError::NotFound { .. }), "{missing:?}");
}

#[tokio::test]
async fn state_is_that_of_the_block_that_was_asked_for() {
    let (driver, node, _end) = forty_blocks().await;
    let waiting = transfer(&driver, 1, 40);
    node.submit(waiting).await.unwrap();
    for height in 8..=40 {
        let header = node.header(BlockSelector::Height(height)).unwrap();
        let hash = header.value.hash();
        for at in [BlockSelector::Height(height), BlockSelector::Hash(hash)] {
            let account = node.account(address(1), at).unwrap();
            assert_eq!((account.at, account.nonce.0), (header.at, height));
            // What waits follows the newest block only.
            let next_nonce = account.next_nonce.map(|it| it.0);
            assert_eq!(next_nonce, (height == 40).then_some(41));
            let receiver = node.account(address(2), at).unwrap();
            assert_eq!(receiver.balance.0, (1 << 70) + u128::from(height));
        }
    }
}

#[tokio::test]
async fn a_state_proof_is_against_the_header_that_it_names() {
    let (driver, node, _end) = forty_blocks().await;
    for height in [8, 9, 25, 39, 40] {
        let at = BlockSelector::Height(height);
        let answer = node.state_proof(address(2), StateKeyView::Account {}, at);
        let answer = answer.unwrap();
        let header = driver.view().header(height).unwrap().unwrap();
        assert_eq!(answer.at, At::new(height, header.hash()));
        assert_eq!(answer.header.state_root.0, header.state_root);
        let (value, proof) = (answer.value.unwrap().0, answer.proof.0);
        let proof: StateProof = decode_untrusted(&proof, Limits::for_size(proof.len())).unwrap();
        let (owner, key) = (address(2), StateKey::Account);
        let verified = verify_state(&header.state_root, &owner, key, Some(&value), &proof);
        assert_eq!(verified, Ok(()), "{height}");
    }
}

#[tokio::test]
async fn one_proof_is_about_many_keys() {
    let (driver, node, _end) = forty_blocks().await;
    let keys: Vec<_> = [1, 2, 9, 2]
        .map(|it| (address(it), StateKeyView::Account {}))
        .into();
    for height in [8, 40] {
        let at = BlockSelector::Height(height);
        let answer = node.state_proofs(keys.clone(), at).unwrap();
        let header = driver.view().header(height).unwrap().unwrap();
        assert_eq!(answer.at, At::new(height, header.hash()));
        let proof: StateMultiproof =
            decode_untrusted(&answer.proof, Limits::for_size(answer.proof.len())).unwrap();
        let values: Vec<_> = answer.values.iter().map(|it| it.value.as_deref()).collect();
        assert_eq!(
            values.iter().map(Option::is_some).collect::<Vec<_>>(),
            [true, true, false, true]
        );
        let mut claims: Vec<_> = keys
            .iter()
            .zip(values)
            .map(|((address, key), value)| (*address, key.as_key(), value))
            .collect();
        let root = &header.state_root;
        assert_eq!(verify_states(root, &claims, &proof), Ok(()), "{height}");
        claims[0].2 = None;
        assert!(verify_states(root, &claims, &proof).is_err());
    }
}

#[tokio::test]
async fn contracts_and_simulations_are_those_of_that_block() {
    let (driver, node, _end) = forty_blocks().await;
    let at = BlockSelector::Height(10);
    let tx = transfer(&driver, 1, 40).signed().transaction.clone();
    let simulated = node.simulate(tx, at).unwrap();
    assert_eq!(simulated.at, node.header(at).unwrap().at);
    let nobody = node.contract(address(9), at);
    assert!(matches!(nobody, Err(RpcError::ContractNotFound { .. })));
}

#[tokio::test]
async fn old_state_is_refused_as_pruned_and_old_blocks_are_not() {
    let (driver, node, _end) = forty_blocks().await;
    let tx = transfer(&driver, 1, 40).signed().transaction.clone();
    for at in [BlockSelector::Height(7), BlockSelector::Earliest] {
        let refused = [
            node.account(address(1), at).err(),
            node.contract(address(1), at).err(),
            node.abi(address(1), at).err(),
            node.simulate(tx.clone(), at).err(),
            node.state_proof(address(1), StateKeyView::Account {}, at)
                .err(),
            node.state_proofs(vec![(address(1), StateKeyView::Account {})], at)
                .err(),
        ];
        for error in refused {
            assert!(
                matches!(&error, Some(RpcError::Pruned { oldest_height }) if oldest_height.0 == 8),
                "{error:?}"
            );
        }
        assert!(node.header(at).is_ok());
        assert!(node.block(at).is_ok());
    }
    assert!(matches!(
        node.header(BlockSelector::Height(41)),
        Err(RpcError::NotFound { .. })
    ));
    assert!(matches!(
        node.account(address(1), BlockSelector::Height(41)),
        Err(RpcError::NotFound { .. })
    ));
}

#[tokio::test]
async fn what_others_have_already_is_refused_as_syncing() {
    let (driver, node, _end) = forty_blocks().await;
    assert_eq!(node.health().status, HealthStatus::Ok);
    assert_eq!(node.sync_status().target, None);
    let target = Height(100);
    let behind = LocalNode::new(driver.clone(), "test").following(Arc::new(|| 100));
    let height = Height(40);
    for at in [41, 100] {
        let at = BlockSelector::Height(at);
        for error in [
            behind.header(at).err(),
            behind.block(at).err(),
            behind.validators(at).err(),
            behind.certificate(at).err(),
            behind.account(address(1), at).err(),
            behind
                .state_value(address(1), StateKeyView::Account {}, at)
                .err(),
        ] {
            assert_eq!(error, Some(RpcError::Syncing { height, target }));
        }
    }
    let beyond = behind.header(BlockSelector::Height(101));
    assert!(matches!(beyond, Err(RpcError::NotFound { .. })));
    assert!(behind.header(BlockSelector::Height(40)).is_ok());
    let sync = behind.sync_status();
    assert_eq!(
        (sync.at.height, sync.is_syncing, sync.target),
        (height, true, Some(target))
    );
    assert_eq!(behind.health().status, HealthStatus::Syncing);
    // A few blocks are always on their way.
    let near = LocalNode::new(driver, "test").following(Arc::new(|| 60));
    assert_eq!(near.health().status, HealthStatus::Ok);
}
