//! Permits of a token. What is signed names the contract, whose address follows from its code: so it is made while the
//! steps are played, by hand, as `docs/contracts/token.md` has it.

use argosy_primitives::{Address, Balance, GenesisHash, PublicKey, Signature, TimestampMs, blake3};
use parity_scale_codec::Encode;

use super::{SUPPLY, Step, ask, call, cuts, init, message, named, paid, raw, store};
use crate::kit::{ALICE, BOB, CAROL, address, key};

/// Whose keys sign; they have no accounts.
const PHONE: u8 = 40;
const THIEF: u8 = 41;

/// From the first number of an epoch to that of the next one: so far a naming of the signer may go ahead.
const EPOCH: u64 = 1 << 32;

/// Alice's next number when all is done: one permit was taken since she named her signer for the eighth time.
const LAST_OF_ALICE: u64 = 7 * EPOCH + 1;

/// Bytes of a permit's message, one in each of its parts: selector, owner, spender, amount, time, signature.
const PARTS: [usize; 7] = [3, 4, 36, 68, 84, 92, 155];

/// The chain, the contract, the time of the next block: what a permit depends on.
pub(crate) struct Here {
    pub(crate) chain: GenesisHash,
    pub(crate) contract: Address,
    pub(crate) now: TimestampMs,
}

/// The last moment of a permit.
#[derive(Clone, Copy, Debug)]
enum Until {
    /// The end of time.
    Always,
    /// The time of the block that it comes into.
    Now,
    /// A millisecond earlier.
    Past,
}

/// What an owner allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Permit {
    owner: u8,
    spender: u8,
    amount: Balance,
    until: Until,
    /// The number that is signed.
    nonce: u64,
}

impl Permit {
    fn until(&self, here: &Here) -> TimestampMs {
        match self.until {
            Until::Always => TimestampMs::MAX,
            Until::Now => here.now,
            Until::Past => here.now - 1,
        }
    }

    fn args(&self, here: &Here) -> (Address, Address, Balance, TimestampMs) {
        let (owner, spender) = (address(self.owner), address(self.spender));
        (owner, spender, self.amount, self.until(here))
    }

    /// What the owner's key signs.
    pub(crate) fn hash(&self, here: &Here) -> [u8; 32] {
        let (owner, spender, amount, until) = self.args(here);
        let words = ("permit", spender, amount);
        let signed = (
            "argosy permit",
            here.chain,
            here.contract,
            owner,
            self.nonce,
            until,
            words,
        );
        blake3(&signed.encode())
    }

    /// Asks for that hash.
    pub(crate) fn question(&self, here: &Here) -> Vec<u8> {
        message("permit_hash", self.args(here))
    }

    /// The message that takes it, signed by a key.
    pub(crate) fn message(&self, signer: u8, here: &Here) -> Vec<u8> {
        let Signature::Ed25519(signature) = key(signer).sign(&self.hash(here));
        message("permit", (self.args(here), signature))
    }
}

/// Alice's permit for Bob.
fn permit(nonce: u64, amount: Balance) -> Permit {
    Permit {
        owner: ALICE,
        spender: BOB,
        amount,
        until: Until::Always,
        nonce,
    }
}

/// Carol's.
fn of_carol(nonce: u64) -> Permit {
    Permit {
        owner: CAROL,
        ..permit(nonce, 7)
    }
}

fn take(permit: Permit) -> Step {
    signed_by(PHONE, permit)
}

fn signed_by(signer: u8, permit: Permit) -> Step {
    Step::Permit {
        permit,
        signer,
        changed: None,
    }
}

fn name_signer(who: u8, signer: Option<u8>) -> Step {
    call(who, "set_signer", signer.map(public))
}

fn public(signer: u8) -> [u8; 32] {
    let PublicKey::Ed25519(key) = key(signer).public();
    key
}

/// An owner's next number has to be this.
fn next_is(who: u8, nonce: u64) -> Step {
    Step::AskNonce {
        message: message("permit_nonce", address(who)),
        nonce,
    }
}

/// Permits that are taken, and such that are not.
pub(crate) fn permits() -> Vec<Step> {
    let mut steps = vec![init(named("Harbour", "HRB", 6, SUPPLY))];
    steps.extend(first());
    steps.extend(in_order());
    steps.extend(signers());
    steps.extend(signed_ahead());
    steps.extend(messages());
    steps.extend(spoilt());
    steps.extend(used_up());
    steps.push(next_is(ALICE, LAST_OF_ALICE));
    steps
}

/// The first permit, and what nobody signed.
fn first() -> Vec<Step> {
    let it = permit(0, 300);
    let until = |until| Permit { until, ..it };
    let mut steps = vec![
        next_is(ALICE, 0),
        Step::AskHash(it),
        take(it),
        take(until(Until::Past)),
        name_signer(ALICE, Some(PHONE)),
        next_is(ALICE, 0),
        Step::AskHash(it),
        signed_by(THIEF, it),
        // Not the key of the account.
        signed_by(ALICE, it),
        take(Permit { owner: CAROL, ..it }),
        take(until(Until::Past)),
        signed_by(THIEF, until(Until::Past)),
    ];
    steps.extend(PARTS.map(|at| Step::Permit {
        permit: it,
        signer: PHONE,
        changed: Some(at),
    }));
    steps.extend([Step::AskHash(until(Until::Now)), take(until(Until::Now))]);
    steps
}

/// One after the other, each once.
fn in_order() -> Vec<Step> {
    let (alice, bob) = (address(ALICE), address(BOB));
    vec![
        take(permit(0, 300)),
        take(permit(2, 5)),
        take(permit(1, 1 << 64)),
        take(permit(1, 1 << 64)),
        ask("allowance", (alice, bob)),
        call(BOB, "transfer_from", (alice, bob, 200_u128)),
        // Nothing is kept for nothing.
        take(permit(2, 0)),
        call(BOB, "transfer_from", (alice, bob, 1_u128)),
        Step::AskHash(permit(3, Balance::MAX)),
        next_is(ALICE, 3),
    ]
}

/// Another key, or none, voids what was signed, also after the first is named again.
fn signers() -> Vec<Step> {
    let of_bob = |nonce| Permit {
        owner: BOB,
        spender: ALICE,
        ..permit(nonce, 7)
    };
    vec![
        name_signer(ALICE, None),
        next_is(ALICE, EPOCH),
        take(permit(3, 5)),
        take(permit(EPOCH, 5)),
        name_signer(ALICE, Some(PHONE)),
        take(permit(3, 5)),
        take(permit(4, 5)),
        take(permit(EPOCH, 5)),
        next_is(ALICE, 2 * EPOCH),
        take(permit(2 * EPOCH, Balance::MAX)),
        next_is(ALICE, 2 * EPOCH + 1),
        // To name nobody is a naming, too.
        name_signer(BOB, None),
        next_is(BOB, 0),
        take(of_bob(0)),
        name_signer(BOB, Some(THIEF)),
        take(of_bob(EPOCH)),
        signed_by(THIEF, of_bob(1)),
        next_is(BOB, EPOCH),
        signed_by(THIEF, of_bob(EPOCH)),
        next_is(BOB, EPOCH + 1),
        // No point of the curve, and one of small order.
        call(CAROL, "set_signer", Some([0xff_u8; 32])),
        take(of_carol(0)),
        call(CAROL, "set_signer", Some([0_u8; 32])),
        take(of_carol(EPOCH)),
        next_is(CAROL, EPOCH),
    ]
}

/// Whoever names the signer anew voids all that was signed ahead: each time three permits are.
fn signed_ahead() -> Vec<Step> {
    let mut steps = Vec::new();
    let mut next = 2 * EPOCH + 1;
    let namings: [&[Option<u8>]; 3] = [
        &[Some(PHONE)],
        &[None, Some(PHONE)],
        &[Some(THIEF), Some(PHONE)],
    ];
    for signers in namings {
        let ahead = [next, next + 1, next + 2];
        for signer in signers {
            steps.push(name_signer(ALICE, *signer));
            steps.extend(ahead.map(|nonce| take(permit(nonce, 5))));
            next = (next / EPOCH + 1) * EPOCH;
            steps.push(next_is(ALICE, next));
        }
        steps.extend([Step::AskHash(permit(next, 8)), take(permit(next, 8))]);
        next += 1;
        steps.push(next_is(ALICE, next));
    }
    steps
}

/// Messages that are cut off, paid, or in the wrong entry.
fn messages() -> Vec<Step> {
    let (alice, bob) = (address(ALICE), address(BOB));
    let some = message("set_signer", Some(public(PHONE)));
    let none = message("set_signer", None::<[u8; 32]>);
    let take = message("permit", (alice, bob, 3_u128, u64::MAX, [7_u8; 64]));
    let hash = message("permit_hash", (alice, bob, 3_u128, u64::MAX));
    let nonce = message("permit_nonce", alice);
    let mut steps = Vec::new();
    // Parts begin at multiples of four; the last of the cuts is the message with a byte behind it.
    let cuts_of_take = cuts(&take).step_by(4);
    let told = cuts(&some).chain(cuts(&none)).chain(cuts_of_take);
    steps.extend(told.map(|it| raw(ALICE, it)));
    let mut third = some.clone();
    third[4] = 2;
    steps.push(raw(ALICE, third));
    for message in [some, none, take] {
        steps.extend([paid(message.clone()), Step::Ask(message)]);
    }
    for message in [hash, nonce] {
        steps.extend(cuts(&message).map(Step::Ask));
        steps.push(raw(ALICE, message));
    }
    steps
}

/// State that nobody would write.
fn spoilt() -> Vec<Step> {
    let carol = address(CAROL);
    let keep = |value: &[u8]| store("permits", carol, value);
    let past = Permit {
        until: Until::Past,
        ..of_carol(0)
    };
    let mut steps = Vec::new();
    for value in [
        &[0_u8; 8][..],
        &[],
        &[0],
        &[0; 10],
        &[1; 40],
        &[1; 42],
        &[1; 100],
        &[2; 41],
    ] {
        steps.extend([keep(value), ask("permit_nonce", carol)]);
        steps.push(take(of_carol(0)));
        steps.push(name_signer(CAROL, Some(PHONE)));
    }
    steps.push(ask("permit_hash", (carol, carol, 1_u128, 1_u64)));
    steps.push(take(past));
    steps
}

/// The last numbers of epochs, and the last epoch.
fn used_up() -> Vec<Step> {
    let carol = address(CAROL);
    let signing = |signer: Option<u8>, nonce: u64| {
        store("permits", carol, &(signer.map(public), nonce).encode())
    };
    let last = u64::MAX - (EPOCH - 1);
    let mut steps = Vec::new();
    // A number; the one after a permit, and the one after a naming that follows. None of them leaves its half.
    for (nonce, used, named) in [
        (EPOCH - 2, EPOCH - 1, EPOCH),
        (EPOCH - 1, EPOCH - 1, EPOCH),
        (2 * EPOCH - 1, 2 * EPOCH - 1, 2 * EPOCH),
        (last - 1, last - 1, last),
        (last, last + 1, last + 1),
        (u64::MAX - 1, u64::MAX, u64::MAX),
        (u64::MAX, u64::MAX, u64::MAX),
    ] {
        steps.extend([signing(Some(PHONE), nonce), next_is(CAROL, nonce)]);
        steps.extend([Step::AskHash(of_carol(nonce)), take(of_carol(nonce))]);
        steps.push(next_is(CAROL, used));
        // The owner is the one who can go on, while there are epochs.
        steps.extend([name_signer(CAROL, Some(PHONE)), next_is(CAROL, named)]);
    }
    steps.push(signing(None, u64::MAX));
    steps.extend([name_signer(CAROL, None), take(of_carol(u64::MAX))]);
    steps.push(next_is(CAROL, u64::MAX));
    steps
}
