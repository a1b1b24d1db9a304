//! Signed allowances: taken once, in their order, until their time, here and nowhere else.

use argosy_contract::testing::Signer;
use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, proptest};
use proptest::{prop_assert, prop_assert_eq, prop_oneof};

use super::*;

const NOW: TimestampMs = 1_000_000;
const LATER: TimestampMs = NOW + 60_000;
/// From the first nonce of an epoch to that of the next one.
const EPOCH: u64 = 1 << 32;

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

/// What is signed, put together by hand as the guide has it.
fn hash_of(
    word: &str,
    chain: [u8; 32],
    contract: Address,
    nonce: u64,
    amount: Balance,
) -> [u8; 32] {
    let words = ("permit", bob(), amount);
    let bytes = (word, chain, contract, alice(), nonce, LATER, words).encode();
    argosy_contract::crypto::blake3(&bytes)
}

/// Signs a permit of Alice for Bob, with any nonce.
fn signed_ahead(signer: &Signer, nonce: u64, amount: Balance) -> [u8; 64] {
    let chain = *context::chain().as_bytes();
    let here = context::self_address();
    signer.sign(&hash_of("argosy permit", chain, here, nonce, amount))
}

/// Who signs for Alice from now on.
fn name(host: &TestHost, token: &mut Token, signer: Option<&Signer>) {
    host.call_as(alice(), || token.set_signer(signer.map(Signer::key)));
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

/// What is signed, with one part exchanged.
#[test]
fn a_permit_of_another_chain_or_contract_is_none() {
    let (host, mut token, phone) = token();
    let (chain, here) = (context::chain(), context::self_address());
    let sign = |word: &str, chain: [u8; 32], contract: Address| {
        phone.sign(&hash_of(word, chain, contract, 0, 5))
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
    name(&host, &mut token, None);
    let refused = send(&host, &mut token, 5, LATER, signature);
    assert_eq!(refused, Err(TokenError::NoSigner));
    // The same key again: what was signed before stays void.
    name(&host, &mut token, Some(&phone));
    let refused = send(&host, &mut token, 5, LATER, signature);
    assert_eq!(refused, Err(TokenError::BadPermit));
    let signature = signed(&token, &phone, 5, LATER);
    assert_eq!(send(&host, &mut token, 5, LATER, signature), Ok(()));
}

/// Three permits that were signed ahead, all of them refused after the signer was named as these are.
#[track_caller]
fn check_voided(namings: &[Option<&str>]) {
    let (host, mut token, phone) = token();
    let first = signed(&token, &phone, 9, LATER);
    assert_eq!(send(&host, &mut token, 9, LATER, first), Ok(()));
    let ahead = [1, 2, 3].map(|nonce| signed_ahead(&phone, nonce, 5));
    for (times, naming) in (1u64..).zip(namings) {
        let signer = naming.map(Signer::named);
        name(&host, &mut token, signer.as_ref());
        assert_eq!(token.permit_nonce(alice()), times * EPOCH);
    }
    for signature in ahead {
        let refused = send(&host, &mut token, 5, LATER, signature);
        assert_eq!(refused, Err(TokenError::BadPermit), "{namings:?}");
    }
    let nonce = token.permit_nonce(alice());
    let new = signed_ahead(&phone, nonce, 7);
    assert_eq!(send(&host, &mut token, 7, LATER, new), Ok(()));
    assert_eq!(token.permit_nonce(alice()), nonce + 1);
    assert_eq!(token.allowance(alice(), bob()), 7);
}

#[test]
fn the_same_key_named_again_voids_all_that_was_signed_ahead() {
    check_voided(&[Some("phone")]);
    check_voided(&[None, Some("phone")]);
    check_voided(&[Some("other"), Some("phone")]);
    check_voided(&[Some("phone"), None, None, Some("other"), Some("phone")]);
}

/// What Alice does, and others with what she signed.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Names a signer, or none.
    Name(Option<&'static str>),
    /// Signs a permit so many nonces ahead of the next one.
    Sign(u64),
    /// Sends the permit that was signed as this one.
    Send(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => Just(Act::Name(Some("phone"))),
        1 => Just(Act::Name(Some("other"))),
        1 => Just(Act::Name(None)),
        6 => (0u64..4).prop_map(Act::Sign),
        12 => (0usize..8).prop_map(Act::Send),
    ]
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

    /// Whoever is named, in whatever order: what is taken was signed by the phone, as the next one, since then.
    #[test]
    fn no_permit_outlives_a_naming(acts in vec(act(), 1..40)) {
        let (host, mut token, phone) = token();
        let (mut namings, mut signer) = (0, Some("phone"));
        let mut permits = Vec::<(u32, u64, [u8; 64])>::new();
        for act in acts {
            let next = token.permit_nonce(alice());
            match act {
                Act::Name(key) => {
                    name(&host, &mut token, key.map(Signer::named).as_ref());
                    namings += 1;
                    signer = key;
                }
                Act::Sign(ahead) => {
                    let (nonce, amount) = (next + ahead, permits.len() as Balance);
                    permits.push((namings, nonce, signed_ahead(&phone, nonce, amount)));
                }
                Act::Send(which) => {
                    let Some((signed_at, nonce, signature)) = permits.get(which) else {
                        continue;
                    };
                    let taken = send(&host, &mut token, which as Balance, LATER, *signature);
                    let is_due = signer == Some("phone") && *signed_at == namings && *nonce == next;
                    prop_assert_eq!(taken.is_ok(), is_due, "{:?}", taken);
                }
            }
        }
    }
}
