//! The client against a development chain in this process: real replica, real server, real contract.

use std::sync::Arc;

use argosy_chain::{Chain, validator_set};
use argosy_driver::{Driver, DriverConfig, LocalNode};
use argosy_kv::MemoryStore;
use argosy_primitives::{AbiKind, CodeHash};
use argosy_replica::{BlockMode, Config, Replica};
use argosy_rpc::{RpcConfig, RpcServer};
use argosy_rpc_api::{BlockSelector, EventFilter, RpcError, StateKeyView};
use argosy_sdk::{
    Action, Admin, Args, Category, Client, ClientOptions, Contract, DeployOptions, Deployed,
    Module, SdkError, Signer, StatusCode, TxOptions, contract, cost_max, dev_account, raw,
    require_success, wallet,
};
use argosy_spec::ChainSpec;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TOKEN: &[u8] = include_bytes!("../../../../contracts/artifacts/token.wasm");

/// A running chain; it ends with the test's runtime.
pub(crate) struct DevChain {
    pub(crate) client: Client,
    driver: Driver,
    pub(crate) server: RpcServer,
}

pub(crate) async fn start(blocks: BlockMode) -> DevChain {
    let spec = Arc::new(ChainSpec::dev());
    let chain = Chain::open_dev(Arc::new(MemoryStore::new()), Arc::clone(&spec)).unwrap();
    let config = Config {
        blocks,
        pool: argosy_mempool::Limits::default(),
        proposer: validator_set(&spec).0[0].address,
        txs_per_block_max: 1_000,
        verify_own: true,
        quarantined: std::collections::BTreeSet::new(),
    };
    let replica = Replica::new(chain, config);
    let (driver, _end) = Driver::start(replica, DriverConfig::default()).unwrap();
    let node = Arc::new(LocalNode::new(driver.clone(), "test").developing(None));
    let runtime = tokio::runtime::Handle::current();
    let server = RpcServer::start(RpcConfig::on_free_port(), node, &runtime)
        .await
        .unwrap();
    let url = format!("http://{}", server.address());
    DevChain {
        client: Client::connect(&url).await.unwrap(),
        driver,
        server,
    }
}

impl DevChain {
    /// By which blocks are made.
    pub(crate) fn driver(&self) -> &Driver {
        &self.driver
    }
}

impl Drop for DevChain {
    fn drop(&mut self) {
        self.driver.stop();
    }
}

pub(crate) fn named(name: &str) -> Signer {
    dev_account(name).unwrap()
}

async fn deploy_token(client: &Client, options: &DeployOptions) -> Result<Deployed, SdkError> {
    let module = Module::parse(TOKEN.to_vec()).unwrap();
    let args = json!({ "name": "Test", "symbol": "TST", "decimals": 2, "supply": "1000" });
    let init = ("init", Args::Json(&args));
    client.deploy(&named("alice"), &module, init, options).await
}

pub(crate) async fn token(client: &Client) -> Contract {
    let deployed = deploy_token(client, &DeployOptions::default())
        .await
        .unwrap();
    deployed.contract.with_names(wallet::dev_names())
}

pub(crate) fn texts(args: &[(&str, &str)]) -> Vec<(String, String)> {
    args.iter()
        .map(|(name, text)| ((*name).into(), (*text).into()))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_is_sent_and_proven() {
    let chain = start(BlockMode::Instant).await;
    let client = &chain.client;
    let (alice, bob) = (named("alice"), named("bob"));
    let before = client
        .account(bob.address(), BlockSelector::Latest)
        .await
        .unwrap();
    let amount = client.token().parse("1.5").unwrap();
    let pay = Action::Transfer {
        to: bob.address(),
        amount,
    };
    let answer = client
        .send(&alice, vec![pay], &TxOptions::default())
        .await
        .unwrap();
    let answer = require_success(answer).unwrap();
    let proven = client.proven_tx(answer.tx_id.0).await.unwrap();
    assert_eq!(proven.block, answer.at.hash.0);
    assert_eq!(proven.receipt.fee, answer.receipt.fee.0);
    let after = client
        .proven_account(bob.address(), BlockSelector::Latest)
        .await
        .unwrap();
    assert_eq!(after.account().unwrap().balance, before.balance.0 + amount);
    let head = client.finalized_head().await.unwrap();
    assert_eq!(head.at.hash.0, after.block);
    // An account that does not exist is proven not to.
    let nobody = argosy_sdk::Address::from_bytes([1; 32]);
    let nobody = client
        .proven_account(nobody, BlockSelector::Latest)
        .await
        .unwrap();
    assert_eq!(nobody.value, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_values_are_proven_at_once() {
    let chain = start(BlockMode::Manual).await;
    let nobody = argosy_sdk::Address::from_bytes([1; 32]);
    let keys = [named("alice").address(), nobody, named("bob").address()]
        .map(|address| (address, StateKeyView::Account {}));
    let proven = chain
        .client
        .proven_states(&keys, BlockSelector::Latest)
        .await;
    let proven = proven.unwrap();
    assert_eq!(proven.len(), keys.len());
    for ((address, _), proven) in keys.iter().zip(proven) {
        let account = chain.client.account(*address, BlockSelector::Latest).await;
        let balance = account.unwrap().balance.0;
        assert_eq!(proven.account().unwrap().balance, balance);
        assert_eq!(proven.value.is_none(), *address == nobody);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_nonce_counts_what_waits() {
    let chain = start(BlockMode::Manual).await;
    let client = &chain.client;
    let alice = named("alice");
    let options = TxOptions::default();
    for nonce in 0..3 {
        let pay = Action::Transfer {
            to: named("bob").address(),
            amount: 1,
        };
        let transaction = client
            .prepare(alice.public(), vec![pay], &options)
            .await
            .unwrap();
        assert_eq!(transaction.nonce, nonce);
        client.submit(&alice.sign(transaction)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_given_is_not_asked() {
    let chain = start(BlockMode::Manual).await;
    let options = TxOptions {
        nonce: Some(7),
        gas_limit: Some(1_000_000),
        max_gas_price: Some(5_000),
        tip: 3,
        deposit_max: Some(9),
        valid_blocks: Some(4),
    };
    let pay = Action::Transfer {
        to: named("bob").address(),
        amount: u128::MAX,
    };
    let alice = named("alice").public();
    let transaction = chain
        .client
        .prepare(alice, vec![pay], &options)
        .await
        .unwrap();
    let found = (
        transaction.nonce,
        transaction.gas_limit,
        transaction.max_gas_price,
    );
    assert_eq!(found, (7, 1_000_000, 5_000));
    let found = (
        transaction.tip,
        transaction.deposit_max,
        transaction.valid_until,
    );
    assert_eq!(found, (3, 9, 4));
}

/// The margins never make a payment impossible that the account can just afford.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_can_be_nearly_emptied() {
    let chain = start(BlockMode::Instant).await;
    let client = &chain.client;
    let (alice, bob) = (named("alice"), named("bob").address());
    let balance = client
        .account(alice.address(), BlockSelector::Latest)
        .await
        .unwrap()
        .balance
        .0;
    let rest = client.token().parse("0.002").unwrap();
    let pay = Action::Transfer {
        to: bob,
        amount: balance - rest,
    };
    let options = TxOptions::default();
    let transaction = client
        .prepare(alice.public(), vec![pay], &options)
        .await
        .unwrap();
    assert!(cost_max(&transaction).unwrap() <= balance);
    let answer = client
        .submit_and_wait(&alice.sign(transaction))
        .await
        .unwrap();
    require_success(answer).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contract_is_deployed_called_and_asked() {
    let chain = start(BlockMode::Instant).await;
    let client = &chain.client;
    let token = token(client).await;
    let args = texts(&[("to", "bob"), ("amount", "300")]);
    let options = TxOptions::default();
    let called = token
        .call(&named("alice"), "transfer", Args::Texts(&args), 0, &options)
        .await;
    let called = called.unwrap();
    assert_eq!(called.value.to_string(), "()");
    let events = token.events(&called.answer.receipt.events);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].name, "Transfer");
    assert_eq!(events[0].fields[2].value.to_json(), json!("300"));
    let owner = texts(&[("owner", "bob")]);
    let balance = token
        .query("balance_of", Args::Texts(&owner))
        .await
        .unwrap();
    assert_eq!(balance.to_json(), json!("300"));
    // Found again by its address, and by a topic of its event.
    let found = Contract::at(client, token.address()).await.unwrap();
    assert_eq!(found.abi(), token.abi());
    assert_eq!(found.abi_hash(), token.abi_hash());
    let topics = token
        .codec()
        .event_filter("Transfer", &texts(&[("to", "bob")]))
        .unwrap();
    let filter = EventFilter {
        contract: Some(client.text(token.address())),
        topics: topics.into_iter().map(|it| it.map(Into::into)).collect(),
    };
    let page = client
        .events(filter, None, (None, None), None)
        .await
        .unwrap();
    assert_eq!(page.events.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn code_is_uploaded_once() {
    let chain = start(BlockMode::Instant).await;
    let client = &chain.client;
    let options = DeployOptions::default();
    let first = deploy_token(client, &options).await.unwrap();
    let second = deploy_token(client, &options).await.unwrap();
    assert!(first.stored && !second.stored);
    assert_eq!(first.code, second.code);
    assert_ne!(first.contract.address(), second.contract.address());
    let info = client
        .contract(second.contract.address(), BlockSelector::Latest)
        .await
        .unwrap();
    assert_eq!(info.admin, Some(client.text(named("alice").address())));
    assert_eq!(info.code.users.0, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_follows_from_the_salt() {
    let chain = start(BlockMode::Instant).await;
    let client = &chain.client;
    let options = DeployOptions {
        salt: Some([7; 32]),
        admin: Admin::Nobody,
        ..DeployOptions::default()
    };
    let deployed = deploy_token(client, &options).await.unwrap();
    let alice = named("alice").address();
    let expected = contract::address_of(AbiKind::Native, &alice, &[7; 32], &deployed.code);
    assert_eq!(deployed.contract.address(), expected);
    let info = client
        .contract(expected, BlockSelector::Latest)
        .await
        .unwrap();
    assert_eq!(info.admin, None);
    let again = deploy_token(client, &options).await.unwrap_err();
    assert_eq!(again.category(), Category::Reverted, "{again}");
    assert!(again.to_string().contains("already_exists"), "{again}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_of_the_contract_is_readable() {
    let chain = start(BlockMode::Instant).await;
    let client = &chain.client;
    let token = token(client).await;
    let args = texts(&[("to", "carol"), ("amount", "5")]);
    let args = Args::Texts(&args);
    // Seen by the simulation: nothing was sent.
    let options = TxOptions::default();
    let error = token
        .call(&named("bob"), "transfer", args, 0, &options)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "transfer reverted: InsufficientBalance { have: 0, need: 5 }"
    );
    assert_eq!(
        (error.category(), error.tx_id()),
        (Category::Reverted, None)
    );
    assert!(matches!(error.rpc(), Some(RpcError::Reverted { .. })));
    // Sent all the same: the receipt tells.
    let options = TxOptions {
        gas_limit: Some(5_000_000),
        deposit_max: Some(0),
        ..TxOptions::default()
    };
    let error = token
        .call(&named("bob"), "transfer", args, 0, &options)
        .await
        .unwrap_err();
    let shown = error.to_string();
    assert!(
        shown.ends_with("reverted: InsufficientBalance { have: 0, need: 5 }"),
        "{shown}"
    );
    let SdkError::Failed(failed) = error else {
        panic!("{shown}")
    };
    assert_eq!(failed.answer.receipt.status.0, StatusCode::Reverted);
    client.proven_tx(failed.answer.tx_id.0).await.unwrap();
    // Wrong arguments do not even reach the node.
    let error = token.query("balance_of", Args::None).await.unwrap_err();
    assert_eq!(error.category(), Category::Input, "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_chain_refuses_is_typed() {
    let chain = start(BlockMode::Instant).await;
    let client = &chain.client;
    let alice = named("alice");
    let options = TxOptions {
        gas_limit: Some(100_000),
        deposit_max: Some(u128::MAX),
        ..TxOptions::default()
    };
    let pay = || {
        vec![Action::Transfer {
            to: named("bob").address(),
            amount: 1,
        }]
    };
    let error = client.send(&alice, pay(), &options).await.unwrap_err();
    assert_eq!(error.category(), Category::Refused, "{error}");
    let stale = TxOptions {
        nonce: Some(0),
        ..TxOptions::default()
    };
    client.send(&alice, pay(), &stale).await.unwrap();
    let error = client.send(&alice, pay(), &stale).await.unwrap_err();
    let kind = error.rpc().map(|it| it.kind());
    assert_eq!(kind, Some("TX_NONCE_TOO_LOW"), "{error}");
    let missing = Contract::at(client, alice.address()).await.unwrap_err();
    assert_eq!(missing.category(), Category::Refused, "{missing}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_method_is_called_by_its_name() {
    let chain = start(BlockMode::Instant).await;
    let client = &chain.client;
    let options = ClientOptions::default();
    let call = |method: &'static str, params| raw::call(client.url(), &options, method, params);
    let address = client.text(named("alice").address());
    let by_name = call("account_get", json!({ "address": address })).await;
    let by_place = call("account_get", json!([address])).await;
    assert_eq!(by_name.unwrap(), by_place.unwrap());
    let health = call("system_health", json!(null)).await.unwrap();
    assert_eq!(health["status"], "ok");
    let wrong = call("account_get", json!({ "adress": address })).await;
    assert_eq!(wrong.unwrap_err().code(), Some(-32602));
    let unknown = call("account_frobnicate", json!(null)).await;
    assert_eq!(unknown.unwrap_err().code(), Some(-32601));
    let number = call("account_get", json!(7)).await.unwrap_err();
    assert_eq!(number.category(), Category::Input);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_tells_of_its_trial() {
    let chain = start(BlockMode::Instant).await;
    let client = &chain.client;
    let alice = named("alice");
    let pay = || {
        let to = named("bob").address();
        vec![Action::Transfer { to, amount: 7 }]
    };
    let options = TxOptions::default();
    let plan = client.plan(alice.public(), pay(), &options).await.unwrap();
    let trial = plan.trial.unwrap();
    assert!(trial.receipt.gas_used.0 <= plan.transaction.gas_limit);
    assert!(plan.balance >= cost_max(&plan.transaction).unwrap());
    let given = TxOptions {
        gas_limit: Some(plan.transaction.gas_limit),
        deposit_max: Some(0),
        ..options
    };
    let untried = client.plan(alice.public(), pay(), &given).await.unwrap();
    assert!(untried.trial.is_none());
    assert_eq!(untried.balance, plan.balance);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bytes_of_a_code_are_the_file_that_was_deployed() {
    let chain = start(BlockMode::Instant).await;
    token(&chain.client).await;
    let code = CodeHash::of(TOKEN);
    let mut stream = TcpStream::connect(chain.server.address()).await.unwrap();
    let request = format!("GET /v1/code/{code} HTTP/1.0\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = b"\r\n\r\n";
    let head = answer.windows(end.len()).position(|it| it == end).unwrap();
    let (head, bytes) = answer.split_at(head + end.len());
    assert!(head.starts_with(b"HTTP/1.0 200 "));
    assert_eq!(bytes, TOKEN);
}
