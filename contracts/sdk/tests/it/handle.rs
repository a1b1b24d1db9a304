//! Other contracts by their interface: what is sent, what comes back, and interfaces that are not theirs.

use argosy_contract::prelude::*;
use argosy_contract::testing::{SubCall, interface_differences};
use argosy_contract::{Interface, SdkError};

use crate::chain::artifact;
use crate::vault::Vault;

/// What is asked of a shop, which is no sample.
#[interface]
pub(crate) trait Shop {
    /// Sells.
    #[call(payable)]
    fn buy(&mut self, what: String, count: u32) -> Result<u64, ShopError>;

    /// Takes back.
    #[call]
    fn give_back(&mut self, order: u64);

    /// What it costs.
    #[query]
    fn price(&self, what: String) -> Option<Balance>;
}

#[derive(AbiType, Debug, PartialEq, Eq)]
#[abi(foreign)]
pub(crate) enum ShopError {
    SoldOut,
    TooDear { price: Balance },
}

const PRICE: Balance = 7;

fn shop() -> (TestHost, Shop) {
    let host = TestHost::new::<Vault>();
    host.set_balance(host.contract(), 100);
    (host, Shop::at(account("shop")))
}

#[track_caller]
fn play(host: &TestHost, play: impl FnMut(&SubCall) -> Result<Vec<u8>, CallError> + 'static) {
    host.stub(account("shop"), play);
}

fn refused(data: Vec<u8>) -> Result<Vec<u8>, CallError> {
    let status = StatusCode::Reverted;
    Err(CallError { status, data })
}

#[test]
fn a_payable_call_sends_arguments_and_funds() {
    let (host, shop) = shop();
    play(&host, |call| {
        assert!(call.is(selector!("buy")));
        assert_eq!(call.arguments::<(String, u32)>(), ("tea".into(), 3));
        assert_eq!((call.funds, call.gas), (3 * PRICE, 5_000));
        assert!(call.allow_reentry && !call.read_only);
        Ok(9u64.encode())
    });
    let call = shop.buy(&"tea".into(), &3, 3 * PRICE);
    let order = call.gas(5_000).allow_reentry().invoke();
    assert_eq!(order.ok(), Some(9));
    assert_eq!(host.balance(account("shop")), 3 * PRICE);
    assert_eq!(shop.address(), &account("shop"));
}

#[test]
fn a_query_reads_only_and_a_plain_call_pays_nothing() {
    let (host, shop) = shop();
    play(&host, |call| {
        assert!(call.is(selector!("price")) && call.read_only);
        Ok(Some(PRICE).encode())
    });
    assert_eq!(shop.price(&"tea".into()).invoke().ok(), Some(Some(PRICE)));
    play(&host, |call| {
        assert!(call.is(selector!("give_back")) && !call.read_only);
        assert_eq!((call.arguments::<(u64,)>(), call.funds), ((9,), 0));
        Ok(vec![])
    });
    assert_eq!(shop.give_back(&9).invoke().ok(), Some(()));
}

#[test]
fn the_other_contracts_error_is_read_when_asked_for() {
    let (host, shop) = shop();
    let price = PRICE;
    play(&host, move |_| {
        let error = ShopError::TooDear { price }.encode();
        refused(RevertData::Error(error).encode())
    });
    let failure = shop.buy(&"tea".into(), &1, 1).invoke().expect_err("dear");
    assert_eq!(failure.status(), StatusCode::Reverted);
    assert_eq!(failure.reason(), Some(ShopError::TooDear { price }));
    let as_reason = RevertData::from(failure);
    assert_eq!(as_reason, RevertData::Sdk(SdkError::CallFailed));
    assert_eq!(host.balance(host.contract()), 100, "funds came back");
    // What is no error of the shop has no reason.
    for data in [vec![], vec![9], RevertData::Error(vec![7]).encode()] {
        play(&host, move |_| refused(data.clone()));
        let failure = shop
            .buy(&"tea".into(), &1, 1)
            .invoke()
            .expect_err("refused");
        assert_eq!(failure.reason(), None);
    }
    // Nor has a method without an error.
    play(&host, |_| refused(RevertData::Error(vec![0]).encode()));
    let failure = shop.give_back(&1).invoke().expect_err("refused");
    assert!(failure.reason().is_none());
}

#[test]
fn an_answer_of_another_type_is_a_failure() {
    let (host, shop) = shop();
    for wrong in [vec![], vec![1], 9u64.encode()] {
        play(&host, move |_| Ok(wrong.clone()));
        let failure = shop.price(&"tea".into()).invoke().expect_err("no price");
        assert_eq!(failure.status(), StatusCode::Success);
        let as_reason = RevertData::from(failure);
        assert_eq!(as_reason, RevertData::Sdk(SdkError::BadReply));
    }
}

/// Who takes the funds and answers what a refusal would say has not refused.
#[test]
fn an_answer_that_looks_like_a_refusal_is_none() {
    let (host, shop) = shop();
    play(&host, |_| {
        Ok(RevertData::Error(ShopError::SoldOut.encode()).encode())
    });
    let failure = shop.buy(&"tea".into(), &1, PRICE).invoke();
    let failure = failure.expect_err("no order has so few bytes");
    assert_eq!(failure.status(), StatusCode::Success);
    assert_eq!(host.balance(account("shop")), PRICE, "it has them");
    assert_eq!(failure.reason(), None);
    // Nor is it one if other data has the bytes of one.
    let data = RevertData::Error(ShopError::SoldOut.encode()).encode();
    for status in [StatusCode::Success, StatusCode::Trapped] {
        let data = data.clone();
        assert_eq!(CallError { status, data }.reason::<ShopError>(), None);
    }
}

#[test]
fn an_answer_of_more_bytes_is_a_failure() {
    let (host, shop) = shop();
    let mut answer = Some(PRICE).encode();
    answer.push(0);
    play(&host, move |_| Ok(answer.clone()));
    let failure = shop.price(&"tea".into()).invoke().expect_err("too long");
    assert_eq!(failure.status(), StatusCode::Success);
    let mut error = ShopError::SoldOut.encode();
    error.push(0);
    let longer = RevertData::Error(error).encode();
    let mut behind = RevertData::Error(ShopError::SoldOut.encode()).encode();
    behind.push(0);
    for data in [longer, behind] {
        play(&host, move |_| refused(data.clone()));
        let failure = shop.buy(&"tea".into(), &1, 1).invoke();
        assert_eq!(failure.expect_err("refused").reason(), None);
    }
}

#[test]
fn what_is_not_there_is_a_failure() {
    let (_host, shop) = shop();
    let failure = shop.give_back(&1).invoke().expect_err("nobody is there");
    assert_eq!(failure.status(), StatusCode::ContractNotFound);
}

/// Two methods of the token as they are.
#[interface]
pub(crate) trait Token {
    #[call]
    fn transfer(&mut self, to: Address, amount: Balance) -> Result<(), TokenError>;
    #[query]
    fn balance_of(&self, owner: Address) -> Balance;
}

#[derive(AbiType)]
#[abi(foreign)]
pub(crate) enum TokenError {
    InsufficientBalance { have: Balance, need: Balance },
}

/// Methods that the token has not, or has otherwise.
#[interface]
pub(crate) trait Liar {
    #[call]
    fn mint(&mut self, amount: Balance);
    #[query]
    fn transfer(&self, to: Address, amount: Balance);
    #[call]
    fn approve(&mut self, spender: Address, amount: u64);
    #[query]
    fn supply(&self) -> u64;
    #[call(payable)]
    fn transfer_from(&mut self, from: Address, to: Address, amount: Balance);
    #[query]
    fn balance_of(&self, owner: Address) -> Balance;
}

#[test]
fn an_interface_is_compared_with_its_contract() {
    let token = artifact("token");
    assert_eq!(interface_differences::<Token>(&token), [""; 0]);
    let told = interface_differences::<Liar>(&token);
    let expected = [
        "the contract has no call mint(amount: u128) -> ()",
        "the contract has no query transfer(to: Address, amount: u128) -> ()",
        "call approve(spender: Address, amount: u64) -> () is approve(spender: Address, amount: u128) -> () in the contract",
        "query supply() -> u64 is supply() -> u128 in the contract",
        "call transfer_from(from: Address, to: Address, amount: u128) -> () payable is transfer_from(from: Address, to: Address, amount: u128) -> () in the contract",
    ];
    assert_eq!(told, expected);
    assert_eq!(Liar::METHODS.len(), 6);
    for (module, part) in [(&b"\0asm\x01\0\0\0"[..], "no ABI"), (b"", "no ABI")] {
        let told = interface_differences::<Token>(module);
        assert!(told.len() == 1 && told[0].contains(part), "{told:?}");
    }
}
