//! Probe: does on request what contracts should not do, and everything that the chain offers.
//!
//! For the tests of the node. Each message does one thing, so that a test can say what it provokes.
//! Not here: protection of any kind. Anyone can make a probe do anything.

#![cfg_attr(target_arch = "wasm32", no_std)]

mod attack; // what safe Rust cannot express

use argosy_contract::prelude::*;
use argosy_contract::storage::{Order, raw};
use argosy_contract::{Reason, crypto};
use core::ops::Bound;

/// Does on request what contracts should not do.
#[storage]
pub struct Probe {
    /// Raised by `count`.
    counter: Item<u64>,
    /// What `init` or the last `upgrade` was given.
    note: Item<String>,
    /// Filled by `fill`.
    entries: Map<u32, Vec<u8>>,
}

/// How something that the probe tried has ended.
#[derive(AbiType, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The status code.
    pub status: u8,
    /// What came back.
    pub data: Vec<u8>,
}

/// What a contract knows about its frame.
#[derive(AbiType, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// Who called.
    pub caller: Address,
    /// The probe.
    pub contract: Address,
    /// Who signed.
    pub signer: Address,
    /// Genesis hash.
    pub chain: Hash32,
    /// What was sent along.
    pub funds: Balance,
    /// What the probe owns.
    pub balance: Balance,
    /// The block.
    pub height: Height,
    /// Its time.
    pub time: TimestampMs,
}

/// Emitted on request.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Noise {
    /// Running number.
    #[topic]
    pub number: u32,
    /// Filler.
    pub payload: Vec<u8>,
}

/// Errors on request.
#[error]
#[derive(Debug, PartialEq, Eq)]
pub enum ProbeError {
    /// Nothing more to say.
    Plain,
    /// With facts.
    Detailed {
        /// A number.
        code: u32,
        /// A text.
        text: String,
    },
}

#[contract(uses(transfer, call, instantiate, upgrade))]
impl Probe {
    /// Keeps a note.
    #[init(payable)]
    pub fn init(&mut self, note: String) {
        self.note.set(&note);
    }

    /// Refuses to be set up.
    #[init]
    pub fn init_failing(&mut self, code: u32) -> Result<(), ProbeError> {
        self.note.set(&String::from("never seen"));
        let text = String::from("init");
        Err(ProbeError::Detailed { code, text })
    }

    /// Keeps a new note.
    #[upgrade]
    pub fn upgrade(&mut self, note: String) {
        self.note.set(&note);
    }

    /// Refuses the upgrade.
    #[upgrade]
    pub fn upgrade_failing(&mut self) -> Result<(), ProbeError> {
        self.note.set(&String::from("never seen"));
        Err(ProbeError::Plain)
    }

    /// Takes funds.
    #[call(payable)]
    pub fn deposit(&mut self) -> Balance {
        context::funds()
    }

    /// Adds one; returns the number after it.
    #[call]
    pub fn count(&mut self) -> u64 {
        let counter = self.counter.get_or_default() + 1;
        self.counter.set(&counter);
        counter
    }

    /// Returns what it was given.
    #[call]
    pub fn echo(&mut self, data: Vec<u8>) -> Vec<u8> {
        data
    }

    // How frames end.

    /// Loops for ever.
    #[call]
    pub fn spin(&mut self) {
        loop {
            core::hint::black_box(());
        }
    }

    /// Executes `unreachable`.
    #[call]
    pub fn trap(&mut self) {
        attack::trap();
    }

    /// Panics.
    #[call]
    pub fn panic(&mut self) {
        panic!("on request");
    }

    /// Divides; by zero on request.
    #[call]
    pub fn divide(&mut self, a: u32, b: u32) -> u32 {
        a / b
    }

    /// Calls itself inside the module, this many times.
    #[call]
    pub fn recurse(&mut self, depth: u32) -> u32 {
        attack::recurse(depth)
    }

    /// Reverts with a text.
    #[call]
    pub fn fail_with_text(&mut self, text: String) -> Result<(), String> {
        self.counter.set(&0);
        Err(text)
    }

    /// Reverts with a typed error.
    #[call]
    pub fn fail_with_error(&mut self, code: u32, text: String) -> Result<(), ProbeError> {
        self.counter.set(&0);
        Err(ProbeError::Detailed { code, text })
    }

    /// Reverts with bytes that no SDK would write.
    #[call]
    pub fn fail_with_bytes(&mut self, data: Vec<u8>) -> Result<(), Raw> {
        Err(Raw(data))
    }

    /// Overflows a sum.
    #[call]
    pub fn overflow(&mut self, number: u64) -> u64 {
        number.checked_add(1).or_revert()
    }

    // Memory.

    /// Grows the memory; returns the pages before, or `u32::MAX`.
    #[call]
    pub fn grow(&mut self, pages: u32) -> u32 {
        attack::grow(pages)
    }

    /// Grows the memory again and again.
    #[call]
    pub fn grow_often(&mut self, pages: u32, times: u32) -> u32 {
        (0..times).fold(0, |_, _| attack::grow(pages))
    }

    /// Has the chain read or write outside the memory. What: 0 input, 1 storage key, 2 storage
    /// value, 3 log, 4 caller, 5 an end that wraps, 6 topics, 7 the callee of a call.
    #[call]
    pub fn bad_pointer(&mut self, what: u8) {
        attack::bad_pointer(what);
    }

    // Storage.

    /// Sets a raw key.
    #[call]
    pub fn store(&mut self, key: Vec<u8>, value: Vec<u8>) {
        raw::set(&key, &value);
    }

    /// Sets a raw key to so many bytes.
    #[call]
    pub fn store_large(&mut self, key_bytes: u32, value_bytes: u32) {
        raw::set(&vec![7; key_bytes as usize], &vec![8; value_bytes as usize]);
    }

    /// Removes a raw key.
    #[call]
    pub fn erase(&mut self, key: Vec<u8>) -> bool {
        raw::remove(&key)
    }

    /// Fills the map with entries `0..count` of so many bytes.
    #[call]
    pub fn fill(&mut self, count: u32, value_bytes: u32) {
        let value = vec![9; value_bytes as usize];
        (0..count).for_each(|number| self.entries.set(&number, &value));
    }

    /// Empties the map.
    #[call]
    pub fn clear(&mut self, count: u32) -> u32 {
        (0..count)
            .filter(|number| self.entries.remove(number))
            .count() as u32
    }

    /// Reads a raw key.
    #[query]
    pub fn read(&self, key: Vec<u8>) -> Option<Vec<u8>> {
        raw::get(&key)
    }

    /// Keys of the map.
    #[query]
    pub fn scan(&self, from: u32, to: u32, descending: bool, limit: u32) -> Vec<u32> {
        let order = match descending {
            true => Order::Descending,
            false => Order::Ascending,
        };
        let entries =
            self.entries
                .range(Bound::Included(&from), Bound::Excluded(&to), order, limit);
        entries.into_iter().map(|(key, _)| key).collect()
    }

    /// A query that writes.
    #[query]
    pub fn write_in_query(&self) {
        raw::set(b"written by a query", b"");
    }

    /// A query that emits.
    #[query]
    pub fn emit_in_query(&self) {
        emit(&Noise {
            number: 0,
            payload: vec![],
        });
    }

    /// The counter.
    #[query]
    pub fn counter(&self) -> u64 {
        self.counter.get_or_default()
    }

    /// The note.
    #[query]
    pub fn note(&self) -> String {
        self.note.load()
    }

    // Events and logs.

    /// Emits this many events of so many bytes.
    #[call]
    pub fn emit_many(&mut self, count: u32, payload_bytes: u32) {
        for number in 0..count {
            emit(&Noise {
                number,
                payload: vec![5; payload_bytes as usize],
            });
        }
    }

    /// Writes to the node's log.
    #[call]
    pub fn log(&mut self, text: String, times: u32) {
        (0..times).for_each(|_| context::log(&text));
    }

    // Other contracts. The first status that is not success ends nothing: the probe reports it.

    /// Calls another contract, or itself.
    #[call(payable)]
    pub fn relay(
        &mut self,
        to: Address,
        funds: Balance,
        gas: Gas,
        allow_reentry: bool,
        read_only: bool,
        message: Vec<u8>,
    ) -> Tried {
        relay(to, funds, gas, allow_reentry, read_only, message)
    }

    /// Calls another contract, then reverts with a typed error, so that the callee is undone too.
    #[call]
    pub fn relay_and_fail(&mut self, to: Address, message: Vec<u8>) -> Result<(), ProbeError> {
        let tried = relay(to, 0, 0, false, false, message);
        let code = u32::from(tried.status);
        Err(ProbeError::Detailed {
            code,
            text: String::from("relayed"),
        })
    }

    /// Calls another contract from a read-only frame.
    #[query]
    pub fn relay_in_query(&self, to: Address, message: Vec<u8>) -> Tried {
        relay(to, 0, 0, false, true, message)
    }

    /// Calls itself, one frame inside the other; returns how deep it came.
    #[call]
    pub fn nest(&mut self, depth: u32) -> Result<u32, RevertData> {
        if depth == 0 {
            return Ok(0);
        }
        let below = Call::new(&context::self_address(), selector!("nest"))
            .argument(&(depth - 1))
            .allow_reentry()
            .invoke::<u32>();
        Ok(below.map_or(1, |below| below + 1))
    }

    /// Transfers funds of the probe.
    #[call(payable)]
    pub fn send(&mut self, to: Address, amount: Balance) -> u8 {
        tried(transfer(&to, amount).map(|()| vec![])).status
    }

    /// Creates a contract; returns its address in `data`, before what its `init` returned.
    #[call(payable)]
    pub fn spawn(
        &mut self,
        code: CodeHash,
        salt: [u8; 32],
        admin: Option<Address>,
        funds: Balance,
        message: Vec<u8>,
    ) -> Tried {
        let mut instantiate = Instantiate::raw(&code, message).salt(salt).funds(funds);
        if let Some(admin) = &admin {
            instantiate = instantiate.admin(admin);
        }
        let created = instantiate.invoke();
        tried(created.map(|(address, data)| [address.as_bytes().as_slice(), &data].concat()))
    }

    /// Replaces its own code.
    #[call]
    pub fn become_code(&mut self, code: CodeHash, message: Vec<u8>) -> Tried {
        tried(upgrade_self(&code, &message))
    }

    /// What the chain tells about this frame.
    #[query]
    pub fn surroundings(&self) -> Surroundings {
        surroundings()
    }

    /// The same in a frame that may change things.
    #[call(payable)]
    pub fn surroundings_of_call(&mut self) -> Surroundings {
        surroundings()
    }

    /// Gas left.
    #[query]
    pub fn gas(&self) -> Gas {
        context::gas_left()
    }

    // Hashes and signatures.

    /// BLAKE3, SHA-256 and Keccak-256.
    #[query]
    pub fn hashes(&self, data: Vec<u8>) -> [Hash32; 3] {
        [
            crypto::blake3(&data),
            crypto::sha256(&data),
            crypto::keccak256(&data),
        ]
        .map(Hash32::from)
    }

    /// Ed25519.
    #[query]
    pub fn verify_ed25519(&self, key: [u8; 32], signature: [u8; 64], message: Vec<u8>) -> bool {
        crypto::ed25519_verify(&key, &signature, &message)
    }

    /// ECDSA on secp256k1.
    #[query]
    pub fn verify_secp256k1(&self, key: [u8; 33], signature: [u8; 64], hash: [u8; 32]) -> bool {
        crypto::secp256k1_verify(&key, &signature, &hash)
    }

    /// The key behind a signature on secp256k1.
    #[query]
    pub fn recover_secp256k1(
        &self,
        hash: [u8; 32],
        signature: [u8; 64],
        id: u8,
    ) -> Option<[u8; 33]> {
        crypto::secp256k1_recover(&hash, &signature, id)
    }

    /// ECDSA on P-256.
    #[query]
    pub fn verify_p256(&self, key: [u8; 33], signature: [u8; 64], hash: [u8; 32]) -> bool {
        crypto::p256_verify(&key, &signature, &hash)
    }
}

/// An error in bytes of its own.
pub struct Raw(Vec<u8>);

impl argosy_contract::Revert for Raw {
    const NAME: Option<argosy_contract::abi::TypeName> = None;

    fn into_reason(self) -> Reason {
        Reason(self.0)
    }
}

fn relay(
    to: Address,
    funds: Balance,
    gas: Gas,
    allow_reentry: bool,
    read_only: bool,
    message: Vec<u8>,
) -> Tried {
    let mut call = Call::raw(&to, message).funds(funds).gas(gas);
    if allow_reentry {
        call = call.allow_reentry();
    }
    if read_only {
        call = call.read_only();
    }
    tried(call.invoke_raw())
}

fn tried(result: Result<Vec<u8>, CallError>) -> Tried {
    let (status, data) = match result {
        Ok(data) => (StatusCode::Success, data),
        Err(error) => (error.status, error.data),
    };
    Tried {
        status: status as u8,
        data,
    }
}

fn surroundings() -> Surroundings {
    Surroundings {
        caller: context::caller(),
        contract: context::self_address(),
        signer: context::signer(),
        chain: Hash32::from_bytes(*context::chain().as_bytes()),
        funds: context::funds(),
        balance: context::balance(),
        height: context::block_height(),
        time: context::block_time(),
    }
}

#[cfg(test)]
mod tests;
