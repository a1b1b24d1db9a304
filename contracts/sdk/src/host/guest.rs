//! The imports of a module, and everything that is unsafe about them.
//!
//! Safety, for every call below: a pointer handed to the chain comes from a slice or array that
//! lives across the call, together with its true length, and the chain touches nothing else.

#![allow(unsafe_code)]

use alloc::vec;
use alloc::vec::Vec;
use core::mem::MaybeUninit;

use argosy_primitives::{Address, Balance, Gas, Height, TimestampMs};
use argosy_vm_abi::imports::{ABSENT, CALL_ALLOW_REENTRY, CALL_READ_ONLY, NONE, RANGE_DESCENDING};

use super::{CallReply, CallRequest, InstantiateRequest};

/// The imports as `argosy_vm_abi::IMPORTS` lists them.
mod import {
    #[link(wasm_import_module = "argosy")]
    unsafe extern "C" {
        pub(super) fn input_len() -> i32;
        pub(super) fn input_read(out: *mut u8, offset: i32, length: i32);
        pub(super) fn finish(data: *const u8, length: i32) -> !;
        pub(super) fn revert(data: *const u8, length: i32) -> !;
        pub(super) fn result_len() -> i32;
        pub(super) fn result_read(out: *mut u8, offset: i32, length: i32);
        pub(super) fn storage_get(key: *const u8, length: i32, out: *mut u8, capacity: i32) -> i64;
        pub(super) fn storage_set(key: *const u8, length: i32, value: *const u8, value_length: i32);
        pub(super) fn storage_remove(key: *const u8, length: i32) -> i32;
        pub(super) fn storage_range(
            start: *const u8,
            start_length: i32,
            end: *const u8,
            end_length: i32,
            flags: i32,
            limit: i32,
        ) -> i32;
        pub(super) fn caller(out: *mut u8);
        pub(super) fn self_address(out: *mut u8);
        pub(super) fn signer(out: *mut u8);
        pub(super) fn chain(out: *mut u8);
        pub(super) fn funds(out: *mut u8);
        pub(super) fn balance(address: *const u8, out: *mut u8);
        pub(super) fn block_height() -> i64;
        pub(super) fn block_time() -> i64;
        pub(super) fn transfer(to: *const u8, amount: *const u8) -> i32;
        pub(super) fn call(
            address: *const u8,
            funds: *const u8,
            gas: i64,
            flags: i32,
            input: *const u8,
            length: i32,
        ) -> i32;
        pub(super) fn instantiate(
            code: *const u8,
            salt: *const u8,
            admin: *const u8,
            funds: *const u8,
            gas: i64,
            input: *const u8,
            length: i32,
            out: *mut u8,
        ) -> i32;
        pub(super) fn upgrade_self(code: *const u8, input: *const u8, length: i32) -> i32;
        pub(super) fn emit(topics: *const u8, count: i32, data: *const u8, length: i32);
        pub(super) fn blake3(data: *const u8, length: i32, out: *mut u8);
        pub(super) fn sha256(data: *const u8, length: i32, out: *mut u8);
        pub(super) fn keccak256(data: *const u8, length: i32, out: *mut u8);
        pub(super) fn ed25519_verify(
            key: *const u8,
            signature: *const u8,
            message: *const u8,
            length: i32,
        ) -> i32;
        pub(super) fn secp256k1_verify(
            key: *const u8,
            signature: *const u8,
            hash: *const u8,
        ) -> i32;
        pub(super) fn secp256k1_recover(
            hash: *const u8,
            signature: *const u8,
            recovery_id: i32,
            out: *mut u8,
        ) -> i32;
        pub(super) fn p256_verify(key: *const u8, signature: *const u8, hash: *const u8) -> i32;
        pub(super) fn gas_left() -> i64;
        pub(super) fn log(text: *const u8, length: i32);
    }
}

/// Room for most stored values, which saves a second host call.
const SMALL_VALUE_BYTES: usize = 64;

pub(crate) fn input() -> Vec<u8> {
    // SAFETY: no pointers.
    let length = unsafe { import::input_len() };
    let mut input = vec![0; length as usize];
    // SAFETY: `input` has that length.
    unsafe { import::input_read(input.as_mut_ptr(), 0, length) };
    input
}

pub(crate) fn finish(data: &[u8]) -> ! {
    // SAFETY: see the head of this file.
    unsafe { import::finish(data.as_ptr(), data.len() as i32) }
}

pub(crate) fn revert(data: &[u8]) -> ! {
    // SAFETY: see the head of this file.
    unsafe { import::revert(data.as_ptr(), data.len() as i32) }
}

pub(crate) fn storage_get(key: &[u8]) -> Option<Vec<u8>> {
    let mut value = vec![0; SMALL_VALUE_BYTES];
    // SAFETY: `value` has that length.
    let length = unsafe {
        import::storage_get(
            key.as_ptr(),
            key.len() as i32,
            value.as_mut_ptr(),
            SMALL_VALUE_BYTES as i32,
        )
    };
    if length == ABSENT {
        return None;
    }
    let length = length as usize;
    if length > SMALL_VALUE_BYTES {
        return Some(result());
    }
    value.truncate(length);
    Some(value)
}

pub(crate) fn storage_has(key: &[u8]) -> bool {
    // SAFETY: a capacity of 0: nothing is written.
    let length =
        unsafe { import::storage_get(key.as_ptr(), key.len() as i32, core::ptr::null_mut(), 0) };
    length != ABSENT
}

pub(crate) fn storage_set(key: &[u8], value: &[u8]) {
    // SAFETY: see the head of this file.
    unsafe {
        import::storage_set(
            key.as_ptr(),
            key.len() as i32,
            value.as_ptr(),
            value.len() as i32,
        );
    }
}

pub(crate) fn storage_remove(key: &[u8]) -> bool {
    // SAFETY: see the head of this file.
    unsafe { import::storage_remove(key.as_ptr(), key.len() as i32) != 0 }
}

pub(crate) fn storage_range(
    start: &[u8],
    end: Option<&[u8]>,
    descending: bool,
    limit: u32,
) -> Vec<u8> {
    let (end, end_length) = match end {
        Some(end) => (end.as_ptr(), end.len() as i32),
        None => (core::ptr::null(), NONE),
    };
    let flags = if descending { RANGE_DESCENDING } else { 0 };
    // SAFETY: see the head of this file.
    unsafe {
        import::storage_range(
            start.as_ptr(),
            start.len() as i32,
            end,
            end_length,
            flags,
            limit.min(i32::MAX as u32) as i32,
        );
    }
    result()
}

pub(crate) fn caller() -> Address {
    // SAFETY: the chain fills 32 bytes.
    Address::from_bytes(unsafe { array(|out| import::caller(out)) })
}

pub(crate) fn self_address() -> Address {
    // SAFETY: the chain fills 32 bytes.
    Address::from_bytes(unsafe { array(|out| import::self_address(out)) })
}

pub(crate) fn signer() -> Address {
    // SAFETY: the chain fills 32 bytes.
    Address::from_bytes(unsafe { array(|out| import::signer(out)) })
}

pub(crate) fn chain() -> [u8; 32] {
    // SAFETY: the chain fills 32 bytes.
    unsafe { array(|out| import::chain(out)) }
}

pub(crate) fn funds() -> Balance {
    // SAFETY: the chain fills 16 bytes.
    Balance::from_le_bytes(unsafe { array(|out| import::funds(out)) })
}

pub(crate) fn balance(address: &Address) -> Balance {
    // SAFETY: the chain reads 32 bytes and fills 16.
    Balance::from_le_bytes(unsafe {
        array(|out| import::balance(address.as_bytes().as_ptr(), out))
    })
}

pub(crate) fn block_height() -> Height {
    // SAFETY: no pointers.
    unsafe { import::block_height() as Height }
}

pub(crate) fn block_time() -> TimestampMs {
    // SAFETY: no pointers.
    unsafe { import::block_time() as TimestampMs }
}

pub(crate) fn transfer(to: &Address, amount: Balance) -> u8 {
    let amount = amount.to_le_bytes();
    // SAFETY: the chain reads 32 and 16 bytes.
    unsafe { import::transfer(to.as_bytes().as_ptr(), amount.as_ptr()) as u8 }
}

pub(crate) fn call(request: &CallRequest<'_>) -> CallReply {
    let funds = request.funds.to_le_bytes();
    let reentry = if request.allow_reentry {
        CALL_ALLOW_REENTRY
    } else {
        0
    };
    let read_only = if request.read_only { CALL_READ_ONLY } else { 0 };
    // SAFETY: the chain reads 32 and 16 bytes and the input.
    let status = unsafe {
        import::call(
            request.to.as_bytes().as_ptr(),
            funds.as_ptr(),
            request.gas as i64,
            reentry | read_only,
            request.input.as_ptr(),
            request.input.len() as i32,
        )
    };
    CallReply {
        status: status as u8,
        data: result(),
    }
}

pub(crate) fn instantiate(request: &InstantiateRequest<'_>) -> (CallReply, Address) {
    let funds = request.funds.to_le_bytes();
    let admin = match request.admin {
        Some(admin) => admin.as_bytes().as_ptr(),
        None => core::ptr::without_provenance(NONE as usize),
    };
    // A failed instantiation leaves it as it is.
    let mut address = [0; 32];
    // SAFETY: the chain reads 32, 32, 32 (or nothing) and 16 bytes and the input, and fills 32.
    let status = unsafe {
        import::instantiate(
            request.code.as_ptr(),
            request.salt.as_ptr(),
            admin,
            funds.as_ptr(),
            request.gas as i64,
            request.input.as_ptr(),
            request.input.len() as i32,
            address.as_mut_ptr(),
        )
    };
    let reply = CallReply {
        status: status as u8,
        data: result(),
    };
    (reply, Address::from_bytes(address))
}

pub(crate) fn upgrade_self(code: &[u8; 32], input: &[u8]) -> CallReply {
    // SAFETY: the chain reads 32 bytes and the input.
    let status = unsafe { import::upgrade_self(code.as_ptr(), input.as_ptr(), input.len() as i32) };
    CallReply {
        status: status as u8,
        data: result(),
    }
}

pub(crate) fn emit(topics: &[u8], data: &[u8]) {
    // SAFETY: the chain reads 32 bytes per topic, which lie end to end, and the data.
    unsafe {
        import::emit(
            topics.as_ptr(),
            (topics.len() / 32) as i32,
            data.as_ptr(),
            data.len() as i32,
        );
    }
}

pub(crate) fn blake3(data: &[u8]) -> [u8; 32] {
    // SAFETY: the chain fills 32 bytes.
    unsafe { array(|out| import::blake3(data.as_ptr(), data.len() as i32, out)) }
}

pub(crate) fn sha256(data: &[u8]) -> [u8; 32] {
    // SAFETY: the chain fills 32 bytes.
    unsafe { array(|out| import::sha256(data.as_ptr(), data.len() as i32, out)) }
}

pub(crate) fn keccak256(data: &[u8]) -> [u8; 32] {
    // SAFETY: the chain fills 32 bytes.
    unsafe { array(|out| import::keccak256(data.as_ptr(), data.len() as i32, out)) }
}

pub(crate) fn ed25519_verify(key: &[u8; 32], signature: &[u8; 64], message: &[u8]) -> bool {
    // SAFETY: the chain reads 32 and 64 bytes and the message.
    unsafe {
        import::ed25519_verify(
            key.as_ptr(),
            signature.as_ptr(),
            message.as_ptr(),
            message.len() as i32,
        ) == 1
    }
}

pub(crate) fn secp256k1_verify(key: &[u8; 33], signature: &[u8; 64], hash: &[u8; 32]) -> bool {
    // SAFETY: the chain reads 33, 64 and 32 bytes.
    unsafe { import::secp256k1_verify(key.as_ptr(), signature.as_ptr(), hash.as_ptr()) == 1 }
}

pub(crate) fn secp256k1_recover(hash: &[u8; 32], signature: &[u8; 64], id: u8) -> Option<[u8; 33]> {
    let mut key = [0; 33];
    // SAFETY: the chain reads 32 and 64 bytes and fills 33, or none.
    let found = unsafe {
        import::secp256k1_recover(
            hash.as_ptr(),
            signature.as_ptr(),
            i32::from(id),
            key.as_mut_ptr(),
        )
    };
    (found == 1).then_some(key)
}

pub(crate) fn p256_verify(key: &[u8; 33], signature: &[u8; 64], hash: &[u8; 32]) -> bool {
    // SAFETY: the chain reads 33, 64 and 32 bytes.
    unsafe { import::p256_verify(key.as_ptr(), signature.as_ptr(), hash.as_ptr()) == 1 }
}

pub(crate) fn gas_left() -> Gas {
    // SAFETY: no pointers.
    unsafe { import::gas_left() as Gas }
}

pub(crate) fn log(text: &str) {
    // SAFETY: see the head of this file.
    unsafe { import::log(text.as_ptr(), text.len() as i32) }
}

/// The result register.
fn result() -> Vec<u8> {
    // SAFETY: no pointers.
    let length = unsafe { import::result_len() };
    let mut result = vec![0; length as usize];
    // SAFETY: `result` has that length.
    unsafe { import::result_read(result.as_mut_ptr(), 0, length) };
    result
}

/// # Safety
/// `fill` writes all `N` bytes.
unsafe fn array<const N: usize>(fill: impl FnOnce(*mut u8)) -> [u8; N] {
    let mut bytes = MaybeUninit::<[u8; N]>::uninit();
    fill(bytes.as_mut_ptr().cast());
    // SAFETY: the caller promises that every byte was written.
    unsafe { bytes.assume_init() }
}
