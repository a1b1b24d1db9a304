//! What only development chains do, as the RPC's port asks for it.

use std::sync::Arc;

use argosy_chain::{Chain, Selector};
use argosy_driver::{Driver, DriverConfig, DriverStopped, LocalNode, StateFile};
use argosy_kv::MemoryStore;
use argosy_primitives::{Action, StateRoot, Transaction, TxId};
use argosy_replica::BlockMode;
use argosy_rpc::{
    AccountPort, ChainPort, DevEdit, DevPort, DevTime, EventsPort, EventsQuery, FollowPort,
    Settled, SystemPort, TxPort,
};
use argosy_rpc_api::{BlockSelector, RpcError, TxStatus};
use argosy_spec::ChainSpec;
use tokio::sync::oneshot;

use crate::{accounts, address, start, start_with, transfer};

type Started = (Driver, LocalNode, oneshot::Receiver<DriverStopped>);

fn spec() -> Arc<ChainSpec> {
    let mut spec = ChainSpec::dev();
    spec.genesis.accounts = accounts();
    Arc::new(spec)
}

fn dev(blocks: BlockMode, file: Option<Arc<StateFile>>) -> Started {
    let chain = Chain::open_dev(Arc::new(MemoryStore::new()), spec()).unwrap();
    let (driver, node, end) = start_with(chain, blocks, DriverConfig::default());
    (driver, node.developing(file), end)
}

/// What a developer can see of the chain.
#[derive(Debug, PartialEq)]
struct Seen {
    height: u64,
    root: StateRoot,
    nonces: Vec<(u64, Option<u64>)>,
    pooled: u32,
    events: usize,
    statuses: Vec<String>,
}

fn see(driver: &Driver, node: &LocalNode, ids: &[TxId]) -> Seen {
    let head = driver.view().head().header.clone();
    let nonces = (1..4).map(|number| {
        let account = node.account(address(number), BlockSelector::Latest);
        let account = account.unwrap();
        (account.nonce.0, account.next_nonce.map(|it| it.0))
    });
    let query = EventsQuery {
        limit: 1_000,
        ..EventsQuery::default()
    };
    let status = |id: &TxId| match node.status(id).unwrap().value {
        None => "unknown".to_owned(),
        Some(TxStatus::Pending) => "pending".to_owned(),
        Some(TxStatus::Included { block, index, .. }) => format!("{}.{index}", block.height.0),
        Some(other) => format!("{other:?}"),
    };
    Seen {
        height: head.height,
        root: head.state_root,
        nonces: nonces.collect(),
        pooled: node.health().pool.transactions,
        events: node.events(query).unwrap().events.len(),
        statuses: ids.iter().map(status).collect(),
    }
}

/// Some work, with a block behind the first half of it; what comes last waits.
async fn work(driver: &Driver, node: &LocalNode, nonce: u64, count: u64) -> Vec<TxId> {
    let mut ids = Vec::new();
    for at in nonce..nonce + count {
        for from in 1..4 {
            let tx = transfer(driver, from, at);
            ids.push(tx.id());
            node.submit(tx).await.unwrap();
        }
        if at == nonce + count / 2 {
            driver.mine().await.unwrap();
        }
    }
    ids
}

#[tokio::test]
async fn snapshots_nest_and_bring_back_all_that_one_can_see() {
    let (driver, node, _end) = dev(BlockMode::Manual, None);
    let mut ids = work(&driver, &node, 0, 10).await;
    let mut levels = Vec::new();
    for level in 1..4 {
        let seen = see(&driver, &node, &ids);
        let (_, id) = node.snapshot().await.unwrap();
        levels.push((id, seen, ids.len()));
        ids.extend(work(&driver, &node, level * 10, 10).await);
        node.edit(DevEdit::Fund(address(9), None)).await.unwrap();
        assert_ne!(
            see(&driver, &node, &ids).root,
            levels.last().unwrap().1.root
        );
    }
    let (second, third) = (levels[1].0, levels[2].0);
    node.revert(third).await.unwrap();
    assert_eq!(see(&driver, &node, &ids[..levels[2].2]), levels[2].1);
    assert!(node.status(ids.last().unwrap()).unwrap().value.is_none());
    node.revert(second).await.unwrap();
    assert_eq!(see(&driver, &node, &ids[..levels[1].2]), levels[1].1);
    // Both are forgotten, the first is not.
    for gone in [second, third] {
        let error = node.revert(gone).await.err();
        assert!(
            matches!(error, Some(RpcError::NotFound { .. })),
            "{error:?}"
        );
    }
    // What waited then can be included now.
    driver.mine().await.unwrap();
    assert_eq!(node.health().pool.transactions, 0);
    node.revert(levels[0].0).await.unwrap();
    assert_eq!(see(&driver, &node, &ids[..levels[0].2]), levels[0].1);
    node.reset().await.unwrap();
    assert_eq!(driver.view().head().header.height, 0);
    assert_eq!(node.health().pool.transactions, 0);
}

/// Nothing left the mempool, and yet what waits behind the account is another.
#[tokio::test]
async fn an_edited_nonce_counts_what_waits_behind_it() {
    let (driver, node, _end) = dev(BlockMode::Manual, None);
    node.submit(transfer(&driver, 1, 5)).await.unwrap();
    let next = || {
        let account = node.account(address(1), BlockSelector::Latest).unwrap();
        account.next_nonce.unwrap().0
    };
    assert_eq!(next(), 0);
    node.edit(DevEdit::Nonce(address(1), 5)).await.unwrap();
    assert_eq!(next(), 6);
    driver.mine().await.unwrap();
    assert_eq!((next(), node.health().pool.transactions), (6, 0));
}

#[tokio::test]
async fn who_waits_for_blocks_hears_that_the_chain_went_back() {
    let (driver, node, _end) = dev(BlockMode::Manual, None);
    driver.mine().await.unwrap();
    let (_, first) = node.snapshot().await.unwrap();
    let mut heads = node.heads();
    driver.mine().await.unwrap();
    assert_eq!(*heads.borrow_and_update(), 2);
    let (_, second) = node.snapshot().await.unwrap();
    assert_eq!((node.reverts(), node.kept_since(0)), (0, None));
    // Nothing is undone, and yet it is news.
    node.revert(second).await.unwrap();
    assert!(heads.has_changed().unwrap());
    assert_eq!((node.reverts(), node.kept_since(0)), (1, Some(2)));
    node.revert(first).await.unwrap();
    assert_eq!(*heads.borrow_and_update(), 1);
    driver.mine().await.unwrap();
    assert_eq!((node.kept_since(0), node.kept_since(1)), (Some(1), Some(1)));
    assert_eq!(node.kept_since(2), None);
    node.reset().await.unwrap();
    assert_eq!((node.kept_since(0), node.kept_since(3)), (Some(0), None));
}

#[tokio::test]
async fn the_clock_only_goes_on_and_a_block_is_made_of_its_time() {
    let (driver, node, _end) = dev(BlockMode::Manual, None);
    let day_ms = 86_400_000;
    let begin_ms = driver.view().head().header.time_ms;
    let (at, first_ms) = node
        .set_time(DevTime::Set(begin_ms + day_ms))
        .await
        .unwrap();
    assert_eq!((at.height.0, first_ms), (1, begin_ms + day_ms));
    let (_, second_ms) = node.set_time(DevTime::Increase(day_ms)).await.unwrap();
    assert!(second_ms >= first_ms + day_ms);
    for wrong in [
        DevTime::Set(second_ms - 1),
        DevTime::Set(u64::MAX),
        DevTime::Increase(u64::MAX),
    ] {
        let error = node.set_time(wrong).await.err();
        assert!(
            matches!(error, Some(RpcError::InvalidParams { .. })),
            "{error:?}"
        );
    }
    // The clock went on from there, and blocks have its time.
    driver.mine().await.unwrap();
    let head_ms = driver.view().head().header.time_ms;
    assert!(head_ms >= second_ms && head_ms < second_ms + day_ms);
    // A snapshot has its time, too.
    let (_, id) = node.snapshot().await.unwrap();
    node.set_time(DevTime::Increase(100 * day_ms))
        .await
        .unwrap();
    node.revert(id).await.unwrap();
    driver.mine().await.unwrap();
    assert!(driver.view().head().header.time_ms < head_ms + day_ms);
    // Many blocks, evenly apart.
    let at = node.mine(5, 1_000).await.unwrap();
    let time_of = |height| driver.view().header(height).unwrap().unwrap().time_ms;
    for height in at.height.0 - 3..=at.height.0 {
        assert!(time_of(height) >= time_of(height - 1) + 1_000);
    }
}

/// Days ahead of the machine's clock, time must not stand still until that has caught up.
#[tokio::test]
async fn the_clock_goes_on_where_the_chain_in_the_file_ended() {
    let folder = tempfile::tempdir().unwrap();
    let file = Arc::new(StateFile::new(folder.path().join("state"), String::new()));
    let (_driver, node, _end) = dev(BlockMode::Manual, Some(Arc::clone(&file)));
    node.set_time(DevTime::Increase(u64::from(u32::MAX)))
        .await
        .unwrap();
    node.dump_state().await.unwrap();
    let spec = spec();
    let loaded = file.read(&spec).unwrap().unwrap();
    let mut chain = Chain::open_dev(Arc::new(MemoryStore::new()), spec).unwrap();
    chain.restore(&loaded.moment).unwrap();
    let (driver, node, _end) = start_with(chain, BlockMode::Manual, DriverConfig::default());
    let node = node.developing(Some(file));
    let head_ms = || driver.view().head().header.time_ms;
    let ended_ms = head_ms();
    for _ in 0..2 {
        let goes_on = async {
            while head_ms() <= ended_ms {
                driver.mine().await.unwrap();
            }
        };
        let waited = tokio::time::timeout(std::time::Duration::from_secs(10), goes_on).await;
        assert!(waited.is_ok(), "the clock stands still");
        node.reset().await.unwrap();
        assert_eq!(head_ms(), ended_ms);
    }
}

#[tokio::test]
async fn what_waits_expires_as_blocks_come() {
    let (driver, node, _end) = dev(BlockMode::Manual, None);
    // A gap before it keeps it waiting; it is valid until block 500.
    let tx = transfer(&driver, 1, 3);
    let id = tx.id();
    node.submit(tx).await.unwrap();
    node.mine(499, 0).await.unwrap();
    assert_eq!(node.status(&id).unwrap().value, Some(TxStatus::Pending));
    node.mine(2, 0).await.unwrap();
    let status = node.status(&id).unwrap().value;
    assert!(
        matches!(status, Some(TxStatus::Dropped { .. })),
        "{status:?}"
    );
}

#[tokio::test]
async fn the_pace_changes_while_it_runs() {
    let (driver, node, _end) = dev(BlockMode::Manual, None);
    node.submit(transfer(&driver, 1, 0)).await.unwrap();
    let (_, mode) = node.set_mining("instant").await.unwrap();
    assert_eq!(mode, "instant");
    let tx = transfer(&driver, 1, 1);
    let id = tx.id();
    node.submit(tx).await.unwrap();
    assert!(matches!(
        node.settled(id).await.unwrap(),
        Settled::Included(_)
    ));
    let (at, _) = node.set_mining("10ms").await.unwrap();
    let mut changes = driver.changes();
    while driver.view().head().header.height < at.height.0 + 3 {
        changes.changed().await.unwrap();
    }
    let (at, _) = node.set_mining("manual").await.unwrap();
    node.submit(transfer(&driver, 1, 2)).await.unwrap();
    assert_eq!(driver.view().head().header.height, at.height.0);
    for wrong in ["", "agreed", "1m"] {
        let error = node.set_mining(wrong).await.err();
        assert!(
            matches!(error, Some(RpcError::InvalidParams { .. })),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn accounts_are_edited_and_what_waits_follows() {
    let (driver, node, _end) = dev(BlockMode::Manual, None);
    let funded = node.edit(DevEdit::Fund(address(9), None)).await.unwrap();
    assert_eq!(funded.amount, 1_000 * 10_u128.pow(12));
    assert_eq!(funded.balance, funded.amount);
    let more = node.edit(DevEdit::Fund(address(9), Some(5))).await.unwrap();
    assert_eq!(more.balance, funded.balance + 5);
    // Two of an account wait; the first is passed over, then the other cannot be paid.
    let ids = [0, 1].map(|nonce| transfer(&driver, 1, nonce));
    for tx in &ids {
        node.submit(tx.clone()).await.unwrap();
    }
    node.edit(DevEdit::Nonce(address(1), 1)).await.unwrap();
    let status = |at: usize| node.status(&ids[at].id()).unwrap().value;
    assert!(matches!(status(0), Some(TxStatus::Dropped { .. })));
    assert_eq!(status(1), Some(TxStatus::Pending));
    node.edit(DevEdit::Balance(address(1), 1)).await.unwrap();
    assert!(matches!(status(1), Some(TxStatus::Dropped { .. })));
    let account = node.account(address(1), BlockSelector::Latest).unwrap();
    assert_eq!((account.nonce.0, account.balance.0), (1, 1));
    let error = node.edit(DevEdit::Nonce(address(1), 0)).await.err();
    assert!(
        matches!(&error, Some(RpcError::InvalidParams { param: Some(it), .. }) if it == "nonce")
    );
}

#[tokio::test]
async fn one_acts_for_an_account_whose_key_nobody_has() {
    let (driver, node, _end) = dev(BlockMode::Manual, None);
    let keyless = argosy_primitives::Address::from_bytes([7; 32]);
    node.edit(DevEdit::Balance(keyless, 100)).await.unwrap();
    let transaction = Transaction {
        actions: vec![Action::Transfer {
            to: address(2),
            amount: 40,
        }],
        ..transfer(&driver, 1, 0).transaction().clone()
    };
    let done = node.edit(DevEdit::Act(keyless, transaction)).await.unwrap();
    assert!(done.receipt.unwrap().status.is_success());
    assert_eq!(done.balance, 60);
    let header = node.header(BlockSelector::Latest).unwrap().value;
    let view = driver.view();
    let then = view.at(Selector::Height(header.height)).unwrap().unwrap();
    let proven = then
        .prove_state(&keyless, argosy_proof::StateKey::Account)
        .unwrap();
    let verified = argosy_proof::verify_state(
        &header.state_root,
        &keyless,
        argosy_proof::StateKey::Account,
        proven.value.as_deref(),
        &proven.proof,
    );
    assert_eq!(verified, Ok(()));
}

/// Whoever acts for somebody wants to know why it failed, as whoever signs does.
#[tokio::test]
async fn a_failed_act_is_explained() {
    let (driver, node, _end) = dev(BlockMode::Manual, None);
    let keyless = argosy_primitives::Address::from_bytes([7; 32]);
    let draft = Transaction {
        gas_limit: 90_000_000,
        ..transfer(&driver, 1, 0).transaction().clone()
    };
    let floats = "(module (memory (export \"memory\") 1) (func (drop (f32.const 1))))";
    let code = wat::parse_str(floats).unwrap();
    let upload = Transaction {
        actions: vec![Action::StoreCode { code }],
        ..draft.clone()
    };
    let done = node.edit(DevEdit::Act(keyless, upload)).await.unwrap();
    let error = *done.error.unwrap();
    let RpcError::WasmRejected { feature, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(feature.as_deref(), Some("floats"));
    let missing = Transaction {
        actions: vec![Action::SetAdmin {
            contract: address(5),
            admin: None,
        }],
        ..draft
    };
    let done = node.edit(DevEdit::Act(keyless, missing)).await.unwrap();
    let error = *done.error.unwrap();
    let RpcError::ContractNotFound { contract, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(contract.unwrap().address, address(5));
}

#[tokio::test]
async fn refused_edits_name_what_was_given() {
    let (_driver, node, _end) = dev(BlockMode::Manual, None);
    let named = async |edit: DevEdit| match node.edit(edit).await {
        Err(RpcError::InvalidParams { param, .. }) => param.unwrap(),
        other => panic!("{other:?}"),
    };
    let most = argosy_chain::EDITED_BALANCE_MAX;
    assert_eq!(
        named(DevEdit::Balance(address(1), most + 1)).await,
        "balance"
    );
    let fund = DevEdit::Fund(address(1), Some(most));
    assert_eq!(named(fund).await, "amount");
    for edit in [
        DevEdit::Storage(address(1), vec![1], None),
        DevEdit::Code(address(1), vec![0]),
    ] {
        let error = node.edit(edit).await.err();
        let Some(RpcError::ContractNotFound { contract, .. }) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(contract.unwrap().address, address(1));
    }
}

#[tokio::test]
async fn a_chain_goes_to_its_file_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let file = Arc::new(StateFile::new(path.clone(), String::new()));
    let (driver, node, _end) = dev(BlockMode::Manual, Some(file));
    let error = node.load_state().await.err();
    assert!(
        matches!(error, Some(RpcError::NotFound { .. })),
        "{error:?}"
    );
    let ids = work(&driver, &node, 0, 10).await;
    driver.mine().await.unwrap();
    let then = see(&driver, &node, &ids);
    // Blocks are made while it is written.
    let (dumped, mined) = tokio::join!(node.dump_state(), node.mine(20, 0));
    mined.unwrap();
    let dumped = dumped.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), dumped.size_bytes);
    node.reset().await.unwrap();
    let at = node.load_state().await.unwrap();
    assert_eq!(at, dumped.at);
    let there = see(&driver, &node, &ids);
    assert_eq!(there.nonces, then.nonces);
    assert_eq!(there.statuses, then.statuses);
    // Half a file is none, and what the chain has it keeps.
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let error = node.load_state().await.err();
    assert!(
        matches!(error, Some(RpcError::InvalidParams { .. })),
        "{error:?}"
    );
    assert_eq!(see(&driver, &node, &ids), there);
    // A dump replaces it as a whole; a rest of one that was killed is in nobody's way.
    std::fs::write(folder.path().join("state.part"), b"rest").unwrap();
    node.dump_state().await.unwrap();
    assert_eq!(node.load_state().await.unwrap(), at);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn elsewhere_all_of_it_is_refused() {
    // On disk, or among others, a node is at most started to make blocks on request.
    let (driver, plain, _end) = start(BlockMode::Manual, DriverConfig::default());
    let mining = LocalNode::new(driver.clone(), "test").mining();
    // Started for it by mistake, the chain itself refuses.
    let mistaken = LocalNode::new(driver.clone(), "test").developing(None);
    for node in [&plain, &mining, &mistaken] {
        let answers = [
            node.set_mining("instant").await.err(),
            node.set_time(DevTime::Increase(1)).await.err(),
            node.edit(DevEdit::Fund(address(1), None)).await.err(),
            node.edit(DevEdit::Balance(address(1), 1)).await.err(),
            node.edit(DevEdit::Nonce(address(1), 9)).await.err(),
            node.edit(DevEdit::Storage(address(1), vec![], None))
                .await
                .err(),
            node.edit(DevEdit::Code(address(1), vec![])).await.err(),
            node.snapshot().await.err(),
            node.revert(1).await.err(),
            node.reset().await.err(),
        ];
        for error in answers {
            assert!(
                matches!(error, Some(RpcError::MethodDisabled { .. })),
                "{error:?}"
            );
        }
    }
    for node in [&plain, &mining] {
        for error in [node.dump_state().await.err(), node.load_state().await.err()] {
            assert!(
                matches!(error, Some(RpcError::MethodDisabled { .. })),
                "{error:?}"
            );
        }
    }
    let error = mining.mine(1, 1_000).await.err();
    assert!(
        matches!(error, Some(RpcError::InvalidParams { .. })),
        "{error:?}"
    );
    assert_eq!(mining.mine(3, 0).await.unwrap().height.0, 3);
    assert_eq!(driver.view().head().header.height, 3);
}

#[tokio::test]
async fn snapshots_are_bounded() {
    let (_driver, node, _end) = dev(BlockMode::Manual, None);
    for _ in 0..256 {
        node.snapshot().await.unwrap();
    }
    let error = node.snapshot().await.err();
    assert!(
        matches!(error, Some(RpcError::RangeTooLarge { .. })),
        "{error:?}"
    );
    node.revert(1).await.unwrap();
    node.snapshot().await.unwrap();
}

/// Instant transactions, each after the receipt of the one before.
async fn instant(count: u64) -> Driver {
    let (driver, node, _end) = dev(BlockMode::Instant, None);
    let valid = |nonce: u64| {
        let transaction = Transaction {
            valid_until: driver.view().head().header.height + 500,
            ..transfer(&driver, 1, nonce).transaction().clone()
        };
        transaction.sign(&crate::key(1)).verify().unwrap()
    };
    for nonce in 0..count {
        let tx = valid(nonce);
        let id = tx.id();
        node.submit(tx).await.unwrap();
        assert!(matches!(
            node.settled(id).await.unwrap(),
            Settled::Included(_)
        ));
    }
    assert_eq!(node.health().pool.transactions, 0);
    driver
}

#[tokio::test]
async fn instant_transactions_come_without_a_stall() {
    let driver = instant(500).await;
    // A block for each, and no more: nothing is made twice and nothing waits for a tick.
    assert_eq!(driver.view().head().header.height, 500);
}

#[tokio::test]
#[ignore = "takes a minute"]
async fn fifty_thousand_instant_transactions_come_without_a_stall() {
    let driver = instant(50_000).await;
    assert_eq!(driver.view().head().header.height, 50_000);
}
