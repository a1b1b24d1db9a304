//! The reads for which the SDK has no words of its own, and random requests: to a real node with a
//! contract on its chain.

use argosy_primitives::{CodeHash, SignedTransaction, ValidatorSet};
use argosy_proof::Supply;
use argosy_replica::BlockMode;
use argosy_rpc_api::{
    AccountApiClient, AddressText, BlockDetail, BlockSelector, Bytes, ChainApiClient,
    ContractApiClient, DevApiClient, EventFilter, KeepsView, RpcError, StateApiClient,
    StateKeyView, SystemApiClient, Text, TransactionView, TxApiClient,
};
use argosy_sdk::{
    Action, Address, Args, Client, Hrp, SdkError, TxId, TxOptions, proof, require_success,
};
use jsonrpsee::core::ClientError;
use jsonrpsee::http_client::HttpClient;
use parity_scale_codec::Encode;

use crate::chain::{DevChain, named, start, texts, token};
use crate::fuzz;

fn http(chain: &DevChain) -> HttpClient {
    let url = format!("http://{}", chain.server.address());
    HttpClient::builder().build(url).unwrap()
}

fn refusal<T: std::fmt::Debug>(answer: Result<T, ClientError>) -> RpcError {
    match answer {
        Err(ClientError::Call(object)) => RpcError::from_object(&object).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Blocks with one payment each; the transactions.
async fn payments(chain: &DevChain, count: usize) -> Vec<TxId> {
    let (alice, options) = (named("alice"), TxOptions::default());
    let mut ids = Vec::new();
    for _ in 0..count {
        let pay = Action::Transfer {
            to: named("bob").address(),
            amount: 1,
        };
        let sent = chain.client.send(&alice, vec![pay], &options).await;
        ids.push(require_success(sent.unwrap()).unwrap().tx_id.0);
    }
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_tells_of_itself() {
    let chain = start(BlockMode::Instant).await;
    payments(&chain, 2).await;
    let http = http(&chain);
    let version = http.version().await.unwrap();
    assert_eq!(version.version, "test");
    assert!(version.groups.iter().any(|it| it == "contract"));
    assert!(version.groups.iter().all(|it| it != "dev"));
    let sync = http.sync_status().await.unwrap();
    assert_eq!(
        (sync.at.height.0, sync.is_syncing, sync.target),
        (2, false, None)
    );
    let info = http.node_info().await.unwrap();
    assert_eq!((info.at, info.keeps), (sync.at, KeepsView::Everything));
    assert_eq!((info.oldest_block.0, info.oldest_state.0), (0, 0));
    let limits = http.limits().await.unwrap();
    assert_eq!((limits.batch_calls_max, limits.proven_keys_max), (32, 256));
    assert_eq!(limits.share, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocks_and_those_who_decide_them_are_found_by_every_selector() {
    let chain = start(BlockMode::Instant).await;
    payments(&chain, 3).await;
    let http = http(&chain);
    let second = http.header(Some(BlockSelector::Height(2))).await.unwrap();
    for at in [
        None,
        Some(BlockSelector::Latest),
        Some(BlockSelector::Finalized),
        Some(BlockSelector::Earliest),
        Some(BlockSelector::Height(1)),
        Some(BlockSelector::Hash(second.at.hash.0)),
    ] {
        let header = http.header(at).await.unwrap();
        assert_eq!(http.block_hash(at).await.unwrap().at, header.at);
        let found = http.validators(at).await.unwrap();
        assert_eq!(found.at, header.at);
        for set in [&found.deciders, &found.next] {
            assert_eq!(ValidatorSet::from(set).hash(), set.hash.0);
            assert!(!set.validators.is_empty());
        }
        assert_eq!(found.next.hash, header.header.next_validators);
        if header.at.height.0 > 0 {
            assert_eq!(found.deciders.hash, header.header.validators);
        }
        assert_eq!(http.supply(at).await.unwrap().at, header.at);
        // One node makes this chain: nobody has to be convinced.
        let refused = refusal(http.certificate(at).await);
        assert!(matches!(refused, RpcError::NotFound { .. }), "{refused:?}");
    }
    let late = Some(BlockSelector::Height(4));
    for refused in [
        refusal(http.block_hash(late).await.map(|_| ())),
        refusal(http.validators(late).await.map(|_| ())),
        refusal(http.certificate(late).await.map(|_| ())),
        refusal(http.supply(late).await.map(|_| ())),
    ] {
        assert_eq!(refused, RpcError::not_found("block", 4));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_supply_falls_by_what_is_burned_and_can_be_proven() {
    let chain = start(BlockMode::Instant).await;
    payments(&chain, 2).await;
    let client = &chain.client;
    let mut before = client.supply(BlockSelector::Earliest).await.unwrap();
    let key = StateKeyView::System {
        key: Bytes(Supply::KEY.to_vec()),
    };
    for height in [1, 2] {
        let at = BlockSelector::Height(height);
        let now = client.supply(at).await.unwrap();
        let head = client.header(at).await.unwrap();
        assert_eq!(now.at, head.at);
        let burned = u128::from(head.header.base_price.0) * u128::from(head.header.gas_used.0);
        assert!(burned > 0);
        assert_eq!(now.supply.0 + burned, before.supply.0);
        let answer = client.state_proof(Address::SYSTEM, key.clone(), at).await;
        let proven = proof::state(client.chain(), Address::SYSTEM, &key, &answer.unwrap());
        assert_eq!(proven.unwrap().supply().unwrap(), Some(now.supply.0));
        before = now;
    }
}

/// JSON has no number for them, so that they cannot be asked for as they are; a program lives on all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heights_and_times_that_no_chain_has_are_refused_by_the_node() {
    let chain = start(BlockMode::Instant).await;
    let client = &chain.client;
    for beyond in [1 << 53, u64::MAX] {
        let at = BlockSelector::Height(beyond);
        match client.header(at).await {
            Err(SdkError::Rpc { error }) => {
                assert_eq!(*error, RpcError::not_found("block", (1_u64 << 53) - 1));
            }
            other => panic!("{other:?}"),
        }
        assert!(client.account(named("bob").address(), at).await.is_err());
        for refused in [
            client.set_time(beyond).await,
            client.increase_time(beyond).await,
        ] {
            assert!(matches!(&refused, Err(SdkError::Rpc { .. })), "{refused:?}");
        }
        let none = EventFilter::default();
        let heights = (Some(beyond), Some(beyond));
        let page = client.events(none, None, heights, None).await;
        assert!(page.unwrap().events.is_empty());
        // What follows heads waits, or is told that the chain is not that far.
        let mut heads = client.follow_heads(Some(beyond));
        let soon = std::time::Duration::from_millis(50);
        drop(tokio::time::timeout(soon, heads.next()).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_are_found_and_read() {
    let chain = start(BlockMode::Instant).await;
    let ids = payments(&chain, 2).await;
    let http = http(&chain);
    let found = http.transaction(Text(ids[1])).await.unwrap();
    let block = Some(BlockSelector::Height(2));
    let block = http.block(block, Some(BlockDetail::Full)).await.unwrap();
    assert_eq!((found.at, found.index), (block.at, 0));
    assert_eq!(found.transaction, block.transactions.unwrap()[0]);
    let unknown = refusal(http.transaction(Text(TxId::ZERO)).await);
    assert_eq!(unknown, RpcError::not_found("transaction", TxId::ZERO));

    let mut signed = SignedTransaction::from(&found.transaction);
    let bytes = Bytes(signed.encode());
    let decoded = http.decode(bytes.clone()).await.unwrap();
    assert_eq!(decoded.transaction, found.transaction);
    assert_eq!(
        (decoded.size_bytes as usize, decoded.problem),
        (bytes.len(), None)
    );
    signed.transaction.nonce += 1;
    let decoded = http.decode(Bytes(signed.encode())).await.unwrap();
    assert!(decoded.problem.is_some(), "signed for another nonce");
    assert_eq!(decoded.transaction, TransactionView::new(&signed, Hrp::Dev));
    let cut = refusal(http.decode(Bytes(bytes[1..].to_vec())).await);
    assert!(matches!(cut, RpcError::TxMalformed { .. }), "{cut:?}");

    let alice = chain.client.text(named("alice").address());
    for (at, nonce, next_nonce) in [
        (BlockSelector::Latest, 2, Some(2)),
        (BlockSelector::Height(1), 1, None),
    ] {
        let found = http.nonce(alice, Some(at)).await.unwrap();
        let next = found.next_nonce.map(|it| it.0);
        assert_eq!((found.nonce.0, next), (nonce, next_nonce));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contract_is_looked_into_and_tried() {
    let chain = start(BlockMode::Instant).await;
    let token = token(&chain.client).await;
    let http = http(&chain);
    let address = chain.client.text(token.address());
    let info = http.contract(address, None).await.unwrap();
    let code = http.code_hash(address, None).await.unwrap();
    assert_eq!((code.at, code.code), (info.at, info.code.hash));
    assert_eq!(code.abi_hash, info.code.abi_hash);
    let nobody = chain.client.text(named("bob").address());
    let refused = refusal(http.code_hash(nobody, None).await);
    assert!(matches!(refused, RpcError::ContractNotFound { .. }));
    let refused = refusal(http.storage(nobody, Bytes(vec![1]), None).await);
    assert!(matches!(refused, RpcError::ContractNotFound { .. }));
    values(&http, address).await;
    pages(&chain.client, token.address()).await;

    let args = texts(&[("to", "bob"), ("amount", "300")]);
    let action = token
        .call_action("transfer", Args::Texts(&args), 0)
        .unwrap();
    let Action::Call { message, .. } = action else {
        panic!("no call")
    };
    let alice = Some(chain.client.text(named("alice").address()));
    let call =
        |caller, gas| http.simulate_call(address, Bytes(message.clone()), caller, None, gas, None);
    let tried = call(alice, None).await.unwrap();
    assert_eq!(tried.receipt.events.len(), 1);
    assert!(tried.gas_limit.0 >= tried.receipt.gas_used.0);
    assert_eq!(
        http.contract(address, None).await.unwrap(),
        info,
        "nothing was changed"
    );
    // Bob has none to give, and little gas buys nothing.
    let refused = refusal(call(Some(nobody), None).await);
    assert!(matches!(refused, RpcError::Reverted { .. }), "{refused:?}");
    let refused = refusal(call(alice, Some(1.into())).await);
    assert!(
        matches!(refused, RpcError::TxGasLimitTooLow { .. }),
        "{refused:?}"
    );
}

/// A value is the same with proof and without.
async fn values(http: &HttpClient, address: AddressText) {
    // A field of a contract is found by the beginning of its name's blake3, as codes are by theirs.
    let supply = Bytes(CodeHash::of(b"supply").as_bytes()[..4].to_vec());
    let keys = [
        StateKeyView::Account {},
        StateKeyView::Contract {},
        StateKeyView::Storage {
            key: supply.clone(),
        },
        StateKeyView::Storage {
            key: Bytes(b"nothing is here".to_vec()),
        },
    ];
    for key in keys {
        for at in [BlockSelector::Latest, BlockSelector::Earliest] {
            let proven = http
                .state_proof(address, key.clone(), Some(at))
                .await
                .unwrap();
            let plain = http
                .state_value(address, key.clone(), Some(at))
                .await
                .unwrap();
            assert_eq!((plain.at, &plain.key), (proven.at, &key));
            assert_eq!(plain.value, proven.value, "{key:?}");
            let StateKeyView::Storage { key } = &key else {
                continue;
            };
            if at == BlockSelector::Latest {
                let stored = http.storage(address, key.clone(), Some(at)).await.unwrap();
                assert_eq!(stored.value.is_some(), *key == supply);
                assert_eq!((stored.at, stored.value), (plain.at, plain.value));
            }
        }
    }
}

/// A contract's storage by pages is its storage.
async fn pages(client: &Client, contract: Address) {
    let at = BlockSelector::Latest;
    let all = client.storage_page(contract, vec![], None, 100, at).await;
    let all = all.unwrap();
    assert_eq!((all.entries.len(), &all.next), (5, &None));
    let at = BlockSelector::Height(all.at.height.0);
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = client.storage_page(contract, vec![], after, 2, at).await;
        let page = page.unwrap();
        paged.extend(page.entries);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, all.entries);
    for entry in all.entries {
        let found = client.storage(contract, entry.key.0.clone(), at).await;
        assert_eq!(found.unwrap().value, Some(entry.value.clone()));
        let own = client.storage_page(contract, entry.key.0.clone(), None, 100, at);
        assert_eq!(own.await.unwrap().entries, [entry]);
    }
}

/// The same requests as those to the node that only pretends, here to a real one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_requests_get_documented_answers() {
    let chain = start(BlockMode::Instant).await;
    payments(&chain, 3).await;
    token(&chain.client).await;
    let succeeded = fuzz::run(chain.server.address(), 80, 1000).await;
    assert!(
        succeeded > 100,
        "{succeeded} of 1000 did what they were to do"
    );
    // However blocks are made now.
    let instant = DevApiClient::set_mining(&http(&chain), "instant".to_owned()).await;
    instant.unwrap();
    payments(&chain, 1).await;
}
