//! Contracts in types of their own, made by `contract!` of a module and of an ABI as JSON.

use argosy_primitives::Event;
use argosy_replica::BlockMode;
use argosy_rpc_api::{BlockSelector, EventView};
use argosy_sdk::bindings::scale::Encode;
use argosy_sdk::bindings::{CallError, Hash32};
use argosy_sdk::{
    AbiValue, Action, Address, Codec, Hrp, MessageKind, Signer, TxOptions, require_success,
};
use serde_json::{Value, json};

use crate::chain::{named, start};

argosy_sdk::contract!(pub(crate) mod token = "../../contracts/artifacts/token.wasm");
argosy_sdk::contract! {
    /// From JSON: names and types that are easy to get wrong.
    mod odd = "tests/it/odd.json";
}

use token::types::TokenError;

async fn deployed(client: &argosy_sdk::Client, alice: &Signer) -> token::Contract {
    let module = token::Contract::module().unwrap();
    let init = token::Contract::init("Test".to_owned(), "TST".to_owned(), 2, 1_000);
    let deployment = init.send(client, alice, &module).await.unwrap();
    assert!(deployment.stored);
    deployment.contract
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_deployed_called_and_asked_in_types() {
    let chain = start(BlockMode::Instant).await;
    let client = &chain.client;
    let (alice, bob) = (named("alice"), named("bob").address());
    let token = deployed(client, &alice).await;
    let sent = token.transfer(bob, 300).send(&alice).await.unwrap();
    let events = token.events(&sent.answer.receipt.events);
    let expected = token::events::Transfer {
        from: alice.address(),
        to: bob,
        amount: 300,
    };
    assert_eq!(events, [token::Event::Transfer(expected)]);
    assert_eq!(token.balance_of(bob).await.unwrap(), 300u128);
    assert_eq!(token.symbol().await.unwrap(), "TST");
    // As it was before, and as the ABI at run time says it.
    let before = token.at_block(BlockSelector::Height(1));
    assert_eq!(before.balance_of(bob).await.unwrap(), 0);
    let found = argosy_sdk::Contract::at(client, token.address())
        .await
        .unwrap();
    assert_eq!(
        found.abi(),
        &argosy_sdk::Abi::parse(token::SCHEMA.section).unwrap()
    );
    // Found by its indexed fields.
    let filter = token::events::Transfer::filter(&token, None, Some(bob));
    let page = client
        .events(filter, None, (None, None), None)
        .await
        .unwrap();
    assert_eq!(page.events.len(), 1);
    let filter = token::events::Transfer::filter(&token, Some(bob), None);
    let page = client
        .events(filter, None, (None, None), None)
        .await
        .unwrap();
    assert_eq!(page.events.len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_the_contracts_own_error() {
    let chain = start(BlockMode::Instant).await;
    let client = &chain.client;
    let token = deployed(client, &named("alice")).await;
    let (bob, carol) = (named("bob"), named("carol").address());
    let poor = TokenError::InsufficientBalance { have: 0, need: 5 };
    // Seen by the simulation: nothing was sent.
    let error = token.transfer(carol, 5).send(&bob).await.unwrap_err();
    assert_eq!(error.refusal(), Some(&poor));
    assert_eq!(error.sdk().tx_id(), None);
    let shown = "transfer reverted: InsufficientBalance { have: 0, need: 5 }";
    assert_eq!(error.to_string(), shown);
    // Sent all the same: the receipt tells.
    let options = TxOptions {
        gas_limit: Some(5_000_000),
        deposit_max: Some(0),
        ..TxOptions::default()
    };
    let call = token.transfer(carol, 5).with_options(options);
    let error = call.send(&bob).await.unwrap_err();
    let CallError::Refused { error, source } = error else {
        panic!("{error}")
    };
    assert_eq!(error, poor);
    assert!(source.tx_id().is_some());
}

/// Calls in one transaction, and a contract that is another one than its bindings say.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_batched_and_commit_to_the_abi() {
    let chain = start(BlockMode::Instant).await;
    let client = &chain.client;
    let (alice, bob) = (named("alice"), named("bob").address());
    let token = deployed(client, &alice).await;
    let actions = vec![
        token.transfer(bob, 1).action(),
        token.approve(bob, 7).action(),
    ];
    let answer = client.send(&alice, actions, &TxOptions::default()).await;
    require_success(answer.unwrap()).unwrap();
    assert_eq!(token.allowance(alice.address(), bob).await.unwrap(), 7);
    let Action::Call { abi_hash, .. } = token.approve(bob, 7).action() else {
        panic!("a call is one")
    };
    let known = client
        .abi(token.address(), BlockSelector::Latest)
        .await
        .unwrap();
    assert_eq!(abi_hash, Some(known.abi_hash.0));
    // JSON does not tell the section's bytes: nothing to commit to.
    let odd = odd::Contract::at(client, token.address());
    let Action::Call {
        abi_hash, funds, ..
    } = odd.at_(1, None, 9).action()
    else {
        panic!("a call is one")
    };
    assert_eq!((abi_hash, funds), (None, 9));
    // Another contract is there: its refusal is no error of ours.
    let error = odd.at_(1, None, 0).send(&alice).await.unwrap_err();
    assert_eq!(error.refusal(), None, "{error}");
    let error = odd
        .both_query((1, (Hash32::from_bytes([0; 32]), vec![])))
        .await;
    assert!(matches!(error, Err(CallError::Other(_))));
}

fn odd_codec(check: impl FnOnce(Codec<'_>)) {
    let abi = argosy_sdk::Abi::parse(odd::SCHEMA.section).unwrap();
    check(Codec::new(&abi, Hrp::Dev));
}

fn tree() -> (odd::types::Tree, Value) {
    let leaf = |leaf, next| odd::types::Tree {
        leaf,
        under: vec![],
        next,
    };
    let typed = odd::types::Tree {
        leaf: -3,
        under: vec![leaf(1, None)],
        next: Some(Box::new(leaf(2, None))),
    };
    let plain = |leaf: &str| json!({ "leaf": leaf, "under": [], "next": null });
    let value = json!({ "leaf": "-3", "under": [plain("1")], "next": plain("2") });
    (typed, value)
}

/// The types of the bindings have the bytes that the codec at run time gives.
#[test]
fn types_have_the_bytes_of_their_abi() {
    use odd::types::{Error, Pair, Unit};
    odd_codec(|codec| {
        let (typed, value) = tree();
        assert_eq!(codec.encode_value("Tree", &value).unwrap(), typed.encode());
        let nested = Error::Deep {
            error: Some(Box::new(Error::Some(Pair(true, -1)))),
            unit: Unit,
        };
        let read = codec.decode_value("Error", &nested.encode()).unwrap();
        let AbiValue::Enum { variant, .. } = &read else {
            panic!("{read}")
        };
        assert_eq!(variant, "Deep");
        assert_eq!(
            read.to_string(),
            "Deep { error: Some(Some(Pair(true, -1))), unit: Unit }"
        );
        let none = codec.encode_value("Error", &json!("None")).unwrap();
        assert_eq!(none, Error::None.encode());
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_have_the_bytes_of_their_abi() {
    let chain = start(BlockMode::Manual).await;
    let odd = odd::Contract::at(&chain.client, Address::SYSTEM);
    let (typed, value) = tree();
    let message = |action| match action {
        Action::Call { message, .. } => message,
        other => panic!("{other:?}"),
    };
    odd_codec(|codec| {
        let args = json!({ "type": 5, "self": value });
        let expected = codec.encode_call(MessageKind::Call, "at", argosy_sdk::Args::Json(&args));
        let found = message(odd.at_(5, Some(typed), 0).action());
        assert_eq!(found, expected.unwrap());
        // An argument called as the generator calls its own.
        let args = json!({ "message": "hi", "funds": "4" });
        let expected = codec.encode_call(MessageKind::Call, "both", argosy_sdk::Args::Json(&args));
        let found = message(odd.both("hi".to_owned(), 4, 0).action());
        assert_eq!(found, expected.unwrap());
    });
}

#[test]
fn events_are_read_by_name_and_whole() {
    let (tree, _) = tree();
    let event = |name: &str, data: Vec<u8>| {
        let event = Event {
            contract: Address::SYSTEM,
            topics: vec![argosy_vm_topic(name)],
            data,
        };
        EventView::new(&event, Hrp::Dev)
    };
    let grown = odd::events::Grown {
        contract: 1,
        tree,
        long: vec![1, 2],
    };
    let read = odd::Event::read(&event("Grown", grown.encode()));
    assert_eq!(read, Some(odd::Event::Grown(grown.clone())));
    let mut longer = grown.encode();
    longer.push(0);
    assert_eq!(odd::Event::read(&event("Grown", longer)), None);
    assert_eq!(odd::Event::read(&event("Shrunk", grown.encode())), None);
    let silent = odd::Event::read(&event("Silent", vec![]));
    assert_eq!(silent, Some(odd::Event::Silent(odd::events::Silent {})));
}

fn argosy_vm_topic(name: &str) -> [u8; 32] {
    argosy_primitives::blake3(name.as_bytes())
}

/// Names that hide what generated or derived code needs: that this compiles is most of the test.
#[test]
fn odd_names_have_the_bytes_of_their_abi() {
    use odd::types::{Aa, E, Self__, T__CodecInputEdqy as Clash, Usize, Vec_};
    let clash = Clash::Self__(E(7), Usize);
    assert_eq!(clash.encode(), [0, 7]);
    let inner = Self__(Vec_ { e: vec![1] });
    assert_eq!(inner.encode(), [4, 1]);
    let event = Event {
        contract: Address::SYSTEM,
        topics: vec![argosy_vm_topic("read")],
        data: vec![],
    };
    let read = odd::Event::read(&EventView::new(&event, Hrp::Dev));
    assert_eq!(read, Some(odd::Event::Read(odd::events::Read { f_Ok: Aa })));
}
