//! The contracts that a sample deals with, the same on every chain; and words that stand for what differs from chain to
//! chain, or is known only when the steps are played.

use argosy_primitives::{Action, Address, Event, blake3};
use argosy_vm_abi::selector_of;
use parity_scale_codec::Encode;

use super::{Player, Seen, in_rust};
use crate::kit::ALICE;

/// 32 bytes that stand for an address or a hash.
pub(super) type Word = [u8; 32];

/// The sample.
pub(super) const HERE: Word = [0xee; 32];
/// The hash of its code.
pub(super) const CODE: Word = [0xec; 32];
/// A token in Rust; all of it is Alice's at first.
pub(super) const TOKEN: Word = [0xe1; 32];
/// A probe in Rust.
pub(super) const PROBE: Word = [0xe2; 32];
/// The hash of its code.
pub(super) const PROBE_CODE: Word = [0xe3; 32];
/// A contract that answers each call with a byte and takes no questions.
pub(super) const TALKER: Word = [0xe4; 32];
/// Contracts that the sample creates have the bytes behind this one.
const CHILD: u8 = 0xd0;

const TALKER_TEXT: &str = r#"(module
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "init"))
    (func (export "call") (call $finish (i32.const 0) (i32.const 1))))"#;

/// A custom section that nobody reads: the hash of the code becomes another.
const TAG: [u8; 4] = [0, 2, 1, b'n'];

/// What the words stand for.
#[derive(Default)]
pub(super) struct Words {
    meant: Vec<(Word, Word)>,
    children: u8,
}

impl Words {
    pub(super) fn name(&mut self, word: Word, meant: Word) {
        self.meant.push((word, meant));
    }

    /// Gives words to the contracts that were created.
    pub(super) fn name_children(&mut self, events: &[Event]) {
        let created = blake3(b"ContractCreated");
        for event in events {
            let is_creation = event.contract == Address::SYSTEM && event.topics[0] == created;
            if is_creation {
                self.children += 1;
                self.name([CHILD + self.children; 32], event.topics[1]);
            }
        }
    }

    /// Bytes with what is meant in place of the words.
    pub(super) fn fill(&self, bytes: &[u8]) -> Vec<u8> {
        let words = self.meant.iter();
        words.fold(bytes.to_vec(), |bytes, (word, meant)| {
            replace(&bytes, word, meant)
        })
    }

    /// Bytes with the words in place of what is meant.
    pub(super) fn plain(&self, bytes: &[u8]) -> Vec<u8> {
        let words = self.meant.iter();
        words.fold(bytes.to_vec(), |bytes, (word, meant)| {
            replace(&bytes, meant, word)
        })
    }
}

/// Bytes with one word in place of another.
pub(super) fn replace(bytes: &[u8], from: &Word, to: &Word) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut at = 0;
    while let Some(part) = bytes.get_mut(at..at + from.len()) {
        if *part == from[..] {
            part.copy_from_slice(to);
        }
        at += 1;
    }
    bytes
}

impl Player {
    /// A chain with a token, a probe and a talker, too.
    pub(super) fn among(wasm: Vec<u8>) -> Player {
        let mut player = Player::new(wasm);
        let named = (selector_of("init"), "Harbour", "HRB", 6_u8, 1_000_000_u128);
        player.settle(TOKEN, in_rust("token"), named.encode());
        let noted = (selector_of("init"), "beside").encode();
        player.settle(PROBE, in_rust("probe"), noted);
        let talker = wat::parse_str(TALKER_TEXT).unwrap();
        player.settle(TALKER, talker, Vec::new());
        player
    }

    fn settle(&mut self, word: Word, mut wasm: Vec<u8>, message: Vec<u8>) {
        // Samples in Rust are among themselves.
        wasm.extend_from_slice(&TAG);
        let code = self.kit.store_code(ALICE, wasm);
        let create = Action::Instantiate {
            code,
            salt: word,
            admin: None,
            funds: 0,
            message,
        };
        let receipt = self.kit.must(ALICE, create);
        let address: Word = receipt.data[..32].try_into().unwrap();
        self.words.name(word, address);
        if word == PROBE {
            self.words.name(PROBE_CODE, *code.as_bytes());
        }
        self.neighbours.push(Address::from_bytes(address));
    }

    pub(super) fn call_beside(&mut self, who: u8, contract: &Word, message: &[u8]) -> Seen {
        let contract: Word = self.words.fill(contract).try_into().unwrap();
        let call = Action::Call {
            contract: Address::from_bytes(contract),
            funds: 0,
            message: self.words.fill(message),
            abi_hash: None,
        };
        self.act(who, call)
    }
}
