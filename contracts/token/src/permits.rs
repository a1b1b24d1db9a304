//! Signed allowances: taken once, in their order, until their time, here and nowhere else.

use argosy_contract::testing::Signer;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, proptest};
use proptest::{prop_assert, prop_assert_eq};

use super::*;

const NOW: TimestampMs = 1_000_000;
const LATER: TimestampMs = NOW + 60_000;

fn alice() -> Address {
    account("alice")
}

fn bob() -> Address {
    account("bob")
}

fn carol() -> Address {
    account("carol")
}

/// Alice has a thousand tokens and a key that signs for her.
fn token() -> (TestHost, Token, Signer) {
    let host = TestHost::new::<Token>();
    host.set_block(1, NOW);
    let mut token = Token::open();
    let phone = Signer::named("phone");
    host.call_as(alice(), || {
        token.init("Harbour".into(), "HRB".into(), 6, 1_000);
        token.set_signer(Some(phone.key()));
    });
    (host, token, phone)
}

/// Signs Alice's next permit for Bob.
fn signed(token: &Token, signer: &Signer, amount: Balance, until: TimestampMs) -> [u8; 64] {
    signer.sign(&token.permit_hash(alice(), bob(), amount, until))
}

/// Carol sends a permit of Alice for Bob.
fn send(
    host: &TestHost,
    token: &mut Token,
    amount: Balance,
    until: TimestampMs,
    signature: [u8; 64],
) -> Result<(), TokenError> {
    host.call_as(carol(), || {
        token.permit(alice(), bob(), amount, until, signature)
    })
}

#[test]
fn a_permit_allows_what_its_owner_signed() {
    let (host, mut token, phone) = token();
    let signature = signed(&token, &phone, 300, LATER);
    assert_eq!(send(&host, &mut token, 300, LATER, signature), Ok(()));
    assert_eq!(token.allowance(alice(), bob()), 300);
    assert_eq!(token.permit_nonce(alice()), 1);
    let approved = Approval {
        owner: alice(),
        spender: bob(),
        amount: 300,
    };
    assert_eq!(host.events::<Approval>(), [approved]);
    let spent = host.call_as(bob(), || token.transfer_from(alice(), carol(), 300));
    assert_eq!((spent, token.balance_of(carol())), (Ok(()), 300));
}

#[test]
fn a_permit_is_taken_once() {
    let (host, mut token, phone) = token();
    let signature = signed(&token, &phone, 300, LATER);
    assert_eq!(send(&host, &mut token, 300, LATER, signature), Ok(()));
    let spent = host.call_as(bob(), || token.transfer_from(alice(), carol(), 300));
    assert_eq!(spent, Ok(()));
    let replayed = send(&host, &mut token, 300, LATER, signature);
    assert_eq!(replayed, Err(TokenError::BadPermit));
    assert_eq!(token.allowance(alice(), bob()), 0);
}

#[test]
fn permits_are_taken_in_the_order_of_their_nonces() {
    let (host, mut token, phone) = token();
    // What Alice signs as her second one: the hash of the nonce after this.
    let first = signed(&token, &phone, 1, LATER);
    assert_eq!(send(&host, &mut token, 1, LATER, first), Ok(()));
    let second = signed(&token, &phone, 2, LATER);
    drop(host);

    let (host, mut token, phone) = self::token();
    let early = send(&host, &mut token, 2, LATER, second);
    assert_eq!(early, Err(TokenError::BadPermit));
    let first = signed(&token, &phone, 1, LATER);
    assert_eq!(send(&host, &mut token, 1, LATER, first), Ok(()));
    assert_eq!(send(&host, &mut token, 2, LATER, second), Ok(()));
    assert_eq!(token.allowance(alice(), bob()), 2);
}

#[test]
fn a_permit_ends_with_its_time() {
    let (host, mut token, phone) = token();
    let signature = signed(&token, &phone, 5, LATER);
    host.set_block(2, LATER + 1);
    let late = send(&host, &mut token, 5, LATER, signature);
    assert_eq!(late, Err(TokenError::PermitTooLate));
    // The time is signed, too.
    let stretched = send(&host, &mut token, 5, LATER + 1, signature);
    assert_eq!(stretched, Err(TokenError::BadPermit));
    host.set_block(3, LATER);
    assert_eq!(send(&host, &mut token, 5, LATER, signature), Ok(()));
}

#[test]
fn only_the_owners_key_signs() {
    let (host, mut token, phone) = token();
    let thief = Signer::named("thief");
    let forged = signed(&token, &thief, 5, LATER);
    let refused = send(&host, &mut token, 5, LATER, forged);
    assert_eq!(refused, Err(TokenError::BadPermit));
    // Nor does Alice's key sign for Carol, who has none, nor for Bob once he has one.
    let signature = signed(&token, &phone, 5, LATER);
    let mut of = |owner| host.call_as(bob(), || token.permit(owner, bob(), 5, LATER, signature));
    assert_eq!(of(carol()), Err(TokenError::NoSigner));
    host.call_as(carol(), || token.set_signer(Some(phone.key())));
    let refused = host.call_as(bob(), || token.permit(carol(), bob(), 5, LATER, signature));
    assert_eq!(
        refused,
        Err(TokenError::BadPermit),
        "the owner is signed, too"
    );
}

#[test]
fn another_amount_or_spender_was_not_signed() {
    let (host, mut token, phone) = token();
    let signature = signed(&token, &phone, 5, LATER);
    let more = send(&host, &mut token, 6, LATER, signature);
    assert_eq!(more, Err(TokenError::BadPermit));
    let other = host.call_as(carol(), || {
        token.permit(alice(), carol(), 5, LATER, signature)
    });
    assert_eq!(other, Err(TokenError::BadPermit));
    assert_eq!(token.permit_nonce(alice()), 0, "nothing was used up");
    assert_eq!(send(&host, &mut token, 5, LATER, signature), Ok(()));
}

/// The bytes of what is signed, put together by hand as the guide has them, with one part exchanged.
#[test]
fn a_permit_of_another_chain_or_contract_is_none() {
    let (host, mut token, phone) = token();
    let (chain, here) = (context::chain(), context::self_address());
    let sign = |word: &str, chain: [u8; 32], contract: Address| {
        let words = ("permit", bob(), 5u128);
        let bytes = (word, chain, contract, alice(), 0u64, LATER, words).encode();
        phone.sign(&argosy_contract::crypto::blake3(&bytes))
    };
    let chain = *chain.as_bytes();
    for wrong in [
        sign("argosy permit", [0xee; 32], here),
        sign("argosy permit", chain, account("other token")),
        sign("argosy readings", chain, here),
    ] {
        let refused = send(&host, &mut token, 5, LATER, wrong);
        assert_eq!(refused, Err(TokenError::BadPermit));
    }
    let right = sign("argosy permit", chain, here);
    assert_eq!(send(&host, &mut token, 5, LATER, right), Ok(()));
}

#[test]
fn another_key_voids_what_was_signed_before() {
    let (host, mut token, phone) = token();
    let signature = signed(&token, &phone, 5, LATER);
    host.call_as(alice(), || token.set_signer(None));
    let refused = send(&host, &mut token, 5, LATER, signature);
    assert_eq!(refused, Err(TokenError::NoSigner));
    // The same key again: what was signed before stays void.
    host.call_as(alice(), || token.set_signer(Some(phone.key())));
    let refused = send(&host, &mut token, 5, LATER, signature);
    assert_eq!(refused, Err(TokenError::BadPermit));
    let signature = signed(&token, &phone, 5, LATER);
    assert_eq!(send(&host, &mut token, 5, LATER, signature), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Permits sent in any order, any of them again: what is taken is a prefix of what was signed.
    #[test]
    fn no_order_takes_a_permit_twice(
        amounts in vec(1u128..1_000, 1..6),
        sends in vec(0usize..6, 0..24),
    ) {
        // All of them are signed ahead, on a chain of their own.
        let (host, mut token, phone) = token();
        let mut permits = Vec::new();
        for amount in &amounts {
            let signature = signed(&token, &phone, *amount, LATER);
            prop_assert!(send(&host, &mut token, *amount, LATER, signature).is_ok());
            permits.push((*amount, signature));
        }
        drop(host);
        let (host, mut token, _) = self::token();
        let mut next = 0;
        for sent in sends {
            let Some((amount, signature)) = permits.get(sent) else {
                continue;
            };
            let taken = send(&host, &mut token, *amount, LATER, *signature);
            prop_assert_eq!(taken.is_ok(), sent == next);
            if taken.is_ok() {
                next += 1;
                prop_assert_eq!(token.allowance(alice(), bob()), *amount);
            }
            prop_assert_eq!(token.permit_nonce(alice()), next as u64);
        }
    }
}
