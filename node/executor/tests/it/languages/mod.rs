//! The samples in other languages: on both tiers, with equal gas on both, they do to the byte what the samples in
//! Rust do. The kit's engine runs every frame on either tier and stops at the first difference.
//!
//! `ARGOSY_LANGUAGE_MODULES` names a folder of modules that were just built (`contracts/languages/build.sh`), to be
//! tried in place of those in `contracts/artifacts/languages`.
//! Not here: what the messages should do (the tests of the contracts in Rust).

mod among; // other contracts on the chain
mod bindings; // what no sample uses
mod steps; // the messages

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use argosy_executor::{QueryRequest, query};
use argosy_kv::{Direction, KeyRange};
use argosy_primitives::{Action, Address, Balance, CodeHash, Event, StatusCode};
use argosy_state::StorageStep;
use argosy_vm_abi::{
    ABI_SECTION, Abi, IMPORTS, MANIFEST_SECTION, MODULE, RevertData, custom_sections,
};
use parity_scale_codec::Encode;

use crate::kit::{ALICE, BOB, CAROL, Kit, NOBODY, address};
use among::{CODE, HERE, Words, replace};
use steps::{Here, Permit, Step};

const LANGUAGES: [&str; 3] = ["c", "assemblyscript", "zig"];

fn artifacts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/artifacts")
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A sample in Rust.
fn in_rust(name: &str) -> Vec<u8> {
    read(&artifacts().join(name).with_extension("wasm"))
}

/// The same in another language. What could not be built just now is taken as it was committed.
fn in_language(language: &str, name: &str) -> Vec<u8> {
    let file = format!("{language}-{name}.wasm");
    let fresh = std::env::var_os("ARGOSY_LANGUAGE_MODULES").map(PathBuf::from);
    let fresh = fresh.map(|it| it.join(&file)).filter(|it| it.exists());
    read(&fresh.unwrap_or_else(|| artifacts().join("languages").join(&file)))
}

/// What came of a step; the contract's own address, which follows from its code, is left out.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    status: StatusCode,
    data: Vec<u8>,
    /// The contract's own and its neighbours': whose, topics and data.
    events: Vec<(Vec<u8>, Vec<u8>, Vec<u8>)>,
    /// All that it keeps afterwards.
    storage: BTreeMap<Vec<u8>, Vec<u8>>,
    /// All that its neighbours keep.
    beside: Vec<BTreeMap<Vec<u8>, Vec<u8>>>,
    /// What it, its neighbours and nobody own.
    funds: Vec<Balance>,
}

/// A chain with contracts of one code.
struct Player {
    kit: Kit,
    code: CodeHash,
    /// The first that was created: what all steps but `Init` are about.
    first: Option<Address>,
    /// Contracts that it deals with.
    neighbours: Vec<Address>,
    words: Words,
}

impl Player {
    fn new(wasm: Vec<u8>) -> Player {
        let mut kit = Kit::new();
        let code = kit.store_code(ALICE, wasm);
        let mut words = Words::default();
        words.name(CODE, *code.as_bytes());
        Player {
            kit,
            code,
            first: None,
            neighbours: Vec::new(),
            words,
        }
    }

    fn first(&self) -> Address {
        self.first
            .expect("the first step creates a contract that succeeds")
    }

    fn play(&mut self, at: usize, step: &Step) -> Seen {
        match step {
            Step::Init { funds, message } => {
                let (mut salt, number) = ([0; 32], at.to_le_bytes());
                salt[..number.len()].copy_from_slice(&number);
                let create = Action::Instantiate {
                    code: self.code,
                    salt,
                    admin: Some(address(ALICE)),
                    funds: *funds,
                    message: self.words.fill(message),
                };
                self.act(ALICE, create)
            }
            Step::Call {
                who,
                funds,
                message,
            } => self.call(*who, *funds, self.words.fill(message)),
            Step::Beside {
                who,
                contract,
                message,
            } => self.call_beside(*who, contract, message),
            Step::Ask(message) | Step::AskNonce { message, .. } => {
                self.ask(&self.words.fill(message))
            }
            Step::Permit {
                permit,
                signer,
                changed,
            } => {
                let mut message = permit.message(*signer, &self.here());
                if let Some(at) = *changed {
                    message[at] ^= 1;
                }
                self.call(CAROL, 0, message)
            }
            Step::AskHash(permit) => self.ask_hash(permit),
            Step::Store { key, value } => {
                let contract = self.first();
                let value = self.words.fill(value);
                self.kit.set_storage(&contract, key, &value);
                self.seen(&contract, StatusCode::Success, &[], &[])
            }
        }
    }

    fn call(&mut self, who: u8, funds: Balance, message: Vec<u8>) -> Seen {
        let call = Action::Call {
            contract: self.first(),
            funds,
            message,
            abi_hash: None,
        };
        self.act(who, call)
    }

    /// A transaction. What a new contract did is seen of that one, what a call did of the first.
    fn act(&mut self, who: u8, action: Action) -> Seen {
        let is_new = matches!(action, Action::Instantiate { .. });
        let receipt = self.kit.run(who, vec![action]);
        let created = (is_new && receipt.status.is_success())
            .then(|| Address::from_bytes(receipt.data[..32].try_into().unwrap()));
        if let (None, Some(first)) = (self.first, created) {
            self.first = created;
            self.words.name(HERE, *first.as_bytes());
        }
        if !is_new {
            self.words.name_children(&receipt.events);
        }
        let about = created.unwrap_or_else(|| self.first());
        self.seen(&about, receipt.status, &receipt.data, &receipt.events)
    }

    fn ask(&self, message: &[u8]) -> Seen {
        let kit = &self.kit;
        let request = QueryRequest {
            contract: self.first(),
            caller: address(BOB),
            funds: 0,
            message,
            gas_max: kit.spec.limits.tx_gas_max,
        };
        let answer = query(kit.state(), kit.context(), &kit.spec, &kit.engine, &request).unwrap();
        self.seen(&request.contract, answer.status, &answer.data, &[])
    }

    /// The hash is another for each contract: seen is whether it is the right one.
    fn ask_hash(&self, permit: &Permit) -> Seen {
        let here = self.here();
        let mut seen = self.ask(&permit.question(&here));
        if seen.data == permit.hash(&here) {
            seen.data = b"right".to_vec();
        }
        seen
    }

    fn here(&self) -> Here {
        let context = self.kit.context();
        Here {
            chain: context.chain,
            contract: self.first(),
            now: context.time_ms,
        }
    }

    fn seen(&self, about: &Address, status: StatusCode, data: &[u8], events: &[Event]) -> Seen {
        let plain = |bytes: &[u8]| self.without(about, bytes);
        let told = events
            .iter()
            .filter(|it| it.contract == *about || self.neighbours.contains(&it.contract));
        let events = told.map(|it| {
            let topics = it.topics.concat();
            (
                plain(it.contract.as_bytes()),
                plain(&topics),
                plain(&it.data),
            )
        });
        let beside = self.neighbours.iter().map(|it| self.storage(it, about));
        let nobody = address(NOBODY);
        let owners = [about, &nobody].into_iter().chain(&self.neighbours);
        Seen {
            status,
            data: plain(data),
            events: events.collect(),
            storage: self.storage(about, about),
            beside: beside.collect(),
            funds: owners.map(|it| self.kit.account(it).balance).collect(),
        }
    }

    /// What a contract keeps, told without the address of the one that a step is about.
    fn storage(&self, contract: &Address, about: &Address) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let state = self.kit.state();
        let entries = state.storage_range(contract, &KeyRange::all(), Direction::Ascending);
        let kept = entries.filter_map(|step| match step.unwrap() {
            StorageStep::Entry { key, value } => {
                Some((self.without(about, &key), self.without(about, &value)))
            }
            StorageStep::Removed => None,
        });
        kept.collect()
    }

    /// Bytes with words in place of what differs from code to code.
    fn without(&self, about: &Address, bytes: &[u8]) -> Vec<u8> {
        self.words.plain(&replace(bytes, about.as_bytes(), &HERE))
    }
}

/// What all of them did, each alone on its chain.
#[track_caller]
fn check_same(name: &str, steps: &[Step]) -> Vec<Seen> {
    check(name, steps, Player::new)
}

/// What all of them did, each with neighbours.
#[track_caller]
fn check_same_among(name: &str, steps: &[Step]) -> Vec<Seen> {
    check(name, steps, Player::among)
}

#[track_caller]
fn check(name: &str, steps: &[Step], begin: fn(Vec<u8>) -> Player) -> Vec<Seen> {
    let play = |wasm| {
        let mut player = begin(wasm);
        let seen = steps.iter().enumerate();
        seen.map(|(at, step)| player.play(at, step))
            .collect::<Vec<_>>()
    };
    let expected = play(in_rust(name));
    let succeeded = expected.iter().filter(|it| it.status.is_success()).count();
    assert!(
        succeeded > 10 && succeeded < expected.len() - 10,
        "{succeeded} steps succeed"
    );
    for language in LANGUAGES {
        let found = play(in_language(language, name));
        for ((step, expected), found) in steps.iter().zip(&expected).zip(&found) {
            assert_eq!(found, expected, "{name} in {language}: {step:?}");
        }
    }
    expected
}

#[test]
fn a_counter_is_a_counter_in_every_language() {
    check_same("counter", &steps::counter());
}

#[test]
fn a_token_is_a_token_in_every_language() {
    check_same("token", &steps::token());
}

#[test]
fn names_of_a_token_are_read_as_strictly_in_every_language() {
    check_same("token", &steps::names());
}

#[test]
fn permits_of_a_token_are_taken_alike_in_every_language() {
    let steps = steps::permits();
    let seen = check_same("token", &steps);
    for (step, seen) in steps.iter().zip(&seen) {
        match step {
            Step::AskHash(_) => assert_eq!(seen.data, b"right", "{step:?}"),
            // Which permits were taken, and which were not: the signatures of this test are good ones.
            Step::AskNonce { nonce, .. } => assert_eq!(seen.data, nonce.encode(), "{step:?}"),
            _ => {}
        }
    }
}

#[test]
fn an_exchange_is_an_exchange_in_every_language() {
    let seen = check_same_among("exchange", &steps::exchange());
    // The token, or who is in its place: refused, is not there, is the exchange itself, answered with something.
    for status in [
        StatusCode::Reverted,
        StatusCode::ContractNotFound,
        StatusCode::Reentry,
        StatusCode::Success,
        StatusCode::InsufficientBalance,
    ] {
        let refusal = RevertData::Error((6_u8, status).encode()).encode();
        assert!(seen.iter().any(|it| it.data == refusal), "{status:?}");
    }
}

#[test]
fn a_probe_does_and_suffers_the_same_in_every_language() {
    let steps = steps::probe();
    let seen = check_same_among("probe", &steps);
    let called = steps.iter().zip(&seen);
    let called = called.filter(|(step, seen)| step.tries() && seen.status.is_success());
    let ends: BTreeSet<_> = called.map(|(_, seen)| seen.data[0]).collect();
    for status in [
        StatusCode::Success,
        StatusCode::Reverted,
        StatusCode::OutOfGas,
        StatusCode::Trapped,
        StatusCode::Reentry,
        StatusCode::InsufficientBalance,
        StatusCode::ContractNotFound,
        StatusCode::CodeNotFound,
        StatusCode::ReadOnly,
        StatusCode::LimitExceeded,
        StatusCode::AlreadyExists,
        StatusCode::EntryMissing,
    ] {
        assert!(ends.contains(&status.encode()[0]), "{status:?}");
    }
    // Whatever a callee did before it refused is undone.
    for ((step, seen), before) in steps.iter().zip(&seen).skip(1).zip(&seen) {
        let is_refused = step.tries() && seen.status.is_success() && seen.data[0] != 0;
        if is_refused {
            assert_eq!(seen.beside, before.beside, "{step:?}");
        }
    }
    // So deep can it call itself; the next frame is refused.
    let depth = Kit::new().spec.limits.call_depth_max;
    assert!(seen.iter().any(|it| it.data == depth.encode()), "{depth}");
}

#[test]
fn signatures_and_hashes_are_told_alike_in_every_language() {
    let seen = check_same_among("probe", &steps::signatures());
    let count = |answer: &[u8]| seen.iter().filter(|it| it.data == answer).count();
    // One good signature of each kind, and the bad ones.
    assert_eq!((count(&[1]), count(&[0]) > 6), (3, true));
    let recovered = seen.iter().filter(|it| it.data == steps::recovered());
    assert_eq!(recovered.count(), 1);
}

/// The frames of a section: linkers put them in any order.
fn frames(mut section: &[u8]) -> Vec<&[u8]> {
    let mut frames = Vec::new();
    while let Some((length, rest)) = section.split_first_chunk::<4>() {
        let (frame, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
        frames.push(frame);
        section = rest;
    }
    frames.sort_unstable();
    frames
}

#[test]
fn they_offer_what_the_samples_in_rust_offer() {
    for name in ["counter", "token", "exchange", "probe"] {
        let sections = |wasm: &[u8]| {
            let abi = custom_sections(wasm, ABI_SECTION).unwrap();
            Abi::parse(&abi).unwrap();
            (abi, custom_sections(wasm, MANIFEST_SECTION).unwrap())
        };
        let (abi, manifest) = sections(&in_rust(name));
        for language in LANGUAGES {
            let theirs = sections(&in_language(language, name));
            assert_eq!(frames(&theirs.0), frames(&abi), "{name} in {language}");
            assert_eq!(theirs.1, manifest, "{name} in {language}");
        }
    }
}

#[test]
fn they_say_of_themselves_what_the_samples_in_rust_say() {
    for name in ["counter", "token"] {
        let ours = in_rust(name);
        let abi = custom_sections(&ours, ABI_SECTION).unwrap();
        Abi::parse(&abi).unwrap();
        for language in LANGUAGES {
            let theirs = in_language(language, name);
            assert_eq!(
                custom_sections(&theirs, ABI_SECTION).as_ref(),
                Some(&abi),
                "{language}"
            );
            assert_eq!(
                custom_sections(&theirs, MANIFEST_SECTION),
                custom_sections(&ours, MANIFEST_SECTION),
                "{language}"
            );
        }
    }
}

#[test]
fn bindings_have_every_import_with_the_chains_signature() {
    let length = |text: &str| u8::try_from(text.len()).unwrap();
    let mut kit = Kit::new();
    for language in LANGUAGES {
        let wasm = in_language(language, "imports");
        for import in IMPORTS {
            let mut entry = vec![length(MODULE)];
            entry.extend_from_slice(MODULE.as_bytes());
            entry.push(length(import.name));
            entry.extend_from_slice(import.name.as_bytes());
            let is_there = wasm.windows(entry.len()).any(|it| it == entry);
            assert!(is_there, "{language}: {}", import.name);
        }
        // Another signature would be refused here.
        kit.store_code(ALICE, wasm);
    }
}
