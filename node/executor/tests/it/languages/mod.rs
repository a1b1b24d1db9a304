//! The samples in other languages: on both tiers, with equal gas on both, they do to the byte what the samples in
//! Rust do. The kit's engine runs every frame on either tier and stops at the first difference.
//!
//! `ARGOSY_LANGUAGE_MODULES` names a folder of modules that were just built (`contracts/languages/build.sh`), to be
//! tried in place of those in `contracts/artifacts/languages`.
//! Not here: what the messages should do (the tests of `contracts/counter` and `contracts/token`).

mod steps; // the messages

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use argosy_executor::{QueryRequest, query};
use argosy_kv::{Direction, KeyRange};
use argosy_primitives::{Action, Address, Balance, CodeHash, Event, StatusCode};
use argosy_state::StorageStep;
use argosy_vm_abi::{ABI_SECTION, Abi, IMPORTS, MANIFEST_SECTION, MODULE, custom_sections};
use parity_scale_codec::Encode;

use crate::kit::{ALICE, BOB, CAROL, Kit, address};
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
    /// The contract's own: topics and data.
    events: Vec<(Vec<u8>, Vec<u8>)>,
    /// All that it keeps afterwards.
    storage: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// A chain with contracts of one code.
struct Player {
    kit: Kit,
    code: CodeHash,
    /// The first that was created: what all steps but `Init` are about.
    first: Option<Address>,
}

impl Player {
    fn new(wasm: Vec<u8>) -> Player {
        let mut kit = Kit::new();
        let code = kit.store_code(ALICE, wasm);
        Player {
            kit,
            code,
            first: None,
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
                    admin: None,
                    funds: *funds,
                    message: message.clone(),
                };
                self.act(ALICE, create)
            }
            Step::Call {
                who,
                funds,
                message,
            } => self.call(*who, *funds, message.clone()),
            Step::Ask(message) | Step::AskNonce { message, .. } => self.ask(message),
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
                self.kit.set_storage(&contract, key, value);
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
        self.first = self.first.or(created);
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
        let own = events.iter().filter(|it| it.contract == *about);
        let events = own.map(|it| {
            let topics = it.topics.concat();
            (without(about, &topics), without(about, &it.data))
        });
        Seen {
            status,
            data: without(about, data),
            events: events.collect(),
            storage: self.storage(about),
        }
    }

    fn storage(&self, contract: &Address) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let state = self.kit.state();
        let entries = state.storage_range(contract, &KeyRange::all(), Direction::Ascending);
        let kept = entries.filter_map(|step| match step.unwrap() {
            StorageStep::Entry { key, value } => Some((key, value.to_vec())),
            StorageStep::Removed => None,
        });
        kept.collect()
    }
}

/// Bytes with another address in place of the contract's own.
fn without(own: &Address, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let own = own.as_bytes();
    let mut at = 0;
    while let Some(part) = bytes.get_mut(at..at + own.len()) {
        if *part == own[..] {
            part.fill(0xee);
        }
        at += 1;
    }
    bytes
}

/// What all of them did.
#[track_caller]
fn check_same(name: &str, steps: &[Step]) -> Vec<Seen> {
    let play = |wasm| {
        let mut player = Player::new(wasm);
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
