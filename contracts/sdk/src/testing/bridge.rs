//! The imports, played: the same functions as `host::guest` has.

use argosy_primitives::{Address, Balance, CodeHash, Event, Gas, Height, StatusCode, TimestampMs};
use argosy_vm_abi::Capabilities;
pub(crate) use argosy_vm_crypto::{
    blake3, ed25519_verify, keccak256, p256_verify, secp256k1_verify, sha256,
};
use parity_scale_codec::Encode;

use super::chain::{self, Chain, Ended, Payment, SubCall, SubInstantiate, UpgradeRequest};
use crate::call::CallError;
use crate::host::{CallReply, CallRequest, InstantiateRequest};

/// Plenty: tests do not count gas.
const GAS_LEFT: Gas = 100_000_000;

pub(crate) fn revert(data: &[u8]) -> ! {
    chain::with(|it| it.ended = Some(Ended::Revert(data.to_vec())));
    // The chain has panicked already, unless the contract caught that panic and went on.
    panic!("the contract reverted twice");
}

pub(crate) fn storage_get(key: &[u8]) -> Option<Vec<u8>> {
    chain::with(|it| {
        it.require_key(key);
        it.ledger.storage.get(key).cloned()
    })
}

pub(crate) fn storage_has(key: &[u8]) -> bool {
    storage_get(key).is_some()
}

pub(crate) fn storage_set(key: &[u8], value: &[u8]) {
    chain::with(|it| {
        it.require_writable();
        it.require_key(key);
        it.require_value(value);
        it.ledger.storage.insert(key.to_vec(), value.to_vec());
    });
}

pub(crate) fn storage_remove(key: &[u8]) -> bool {
    chain::with(|it| {
        it.require_writable();
        it.require_key(key);
        it.ledger.storage.remove(key).is_some()
    })
}

pub(crate) fn storage_range(
    start: &[u8],
    end: Option<&[u8]>,
    descending: bool,
    limit: u32,
) -> Vec<u8> {
    chain::with(|it| {
        let from_start = it.ledger.storage.range(start.to_vec()..);
        let entries = from_start.take_while(|(key, _)| end.is_none_or(|end| key.as_slice() < end));
        let mut entries: Vec<_> = entries.collect();
        if descending {
            entries.reverse();
        }
        entries.truncate(limit as usize);
        entries.encode()
    })
}

pub(crate) fn caller() -> Address {
    chain::with(|it| it.frame.caller)
}

pub(crate) fn self_address() -> Address {
    chain::with(|it| it.contract)
}

pub(crate) fn signer() -> Address {
    chain::with(|it| it.frame.signer)
}

pub(crate) fn chain() -> [u8; 32] {
    chain::with(|it| it.id)
}

pub(crate) fn funds() -> Balance {
    chain::with(|it| it.frame.funds)
}

pub(crate) fn balance(address: &Address) -> Balance {
    chain::with(|it| it.balance(address))
}

pub(crate) fn block_height() -> Height {
    chain::with(|it| it.height)
}

pub(crate) fn block_time() -> TimestampMs {
    chain::with(|it| it.time)
}

pub(crate) fn transfer(to: &Address, amount: Balance) -> u8 {
    let status = chain::with(|it| {
        it.require_writable();
        it.require_capability(Capabilities::TRANSFER);
        let status = it.pay(it.contract, *to, amount);
        if status.is_success() {
            it.ledger.payments.push(Payment { to: *to, amount });
        }
        status
    });
    status as u8
}

pub(crate) fn call(request: &CallRequest<'_>) -> CallReply {
    let to = *request.to;
    let stub = chain::with(|it| {
        it.require_capability(Capabilities::CALL);
        require_funds(it, request.funds);
        it.stubs.remove(&to)
    });
    let Some(mut stub) = stub else {
        return failed(StatusCode::ContractNotFound);
    };
    let call = SubCall {
        funds: request.funds,
        gas: request.gas,
        allow_reentry: request.allow_reentry,
        read_only: request.read_only || chain::with(|it| it.frame.read_only),
        input: request.input.to_vec(),
    };
    let reply = paid(to, request.funds, || stub(&call));
    chain::with(|it| it.stubs.insert(to, stub));
    reply
}

pub(crate) fn instantiate(request: &InstantiateRequest<'_>) -> (CallReply, Address) {
    let stub = chain::with(|it| {
        it.require_writable();
        it.require_capability(Capabilities::INSTANTIATE);
        require_funds(it, request.funds);
        it.instantiate.take()
    });
    let mut address = Address::from_bytes([0; 32]);
    let Some(mut stub) = stub else {
        return (failed(StatusCode::CodeNotFound), address);
    };
    let instantiation = SubInstantiate {
        code: CodeHash::from_bytes(*request.code),
        salt: *request.salt,
        admin: request.admin.copied(),
        funds: request.funds,
        gas: request.gas,
        input: request.input.to_vec(),
    };
    let made = stub(&instantiation);
    let reply = match made {
        Err(error) => reply_of(Err(error)),
        Ok((made, data)) => {
            address = made;
            paid(made, request.funds, || Ok(data))
        }
    };
    chain::with(|it| it.instantiate = Some(stub));
    (reply, address)
}

pub(crate) fn upgrade_self(code: &[u8; 32], input: &[u8]) -> CallReply {
    let stub = chain::with(|it| {
        it.require_writable();
        it.require_capability(Capabilities::UPGRADE);
        it.upgrade.take()
    });
    let Some(mut stub) = stub else {
        return failed(StatusCode::CodeNotFound);
    };
    let upgraded = stub(&UpgradeRequest {
        code: CodeHash::from_bytes(*code),
        input: input.to_vec(),
    });
    chain::with(|it| it.upgrade = Some(stub));
    reply_of(upgraded)
}

pub(crate) fn emit(topics: &[u8], data: &[u8]) {
    chain::with(|it| {
        it.require_writable();
        it.require_event(data);
        it.ledger.events.push(Event {
            contract: it.contract,
            topics: topics.as_chunks().0.to_vec(),
            data: data.to_vec(),
        });
    });
}

pub(crate) fn secp256k1_recover(hash: &[u8; 32], signature: &[u8; 64], id: u8) -> Option<[u8; 33]> {
    argosy_vm_crypto::secp256k1_recover(hash, signature, u32::from(id))
}

pub(crate) fn gas_left() -> Gas {
    GAS_LEFT
}

pub(crate) fn log(text: &str) {
    chain::with(|it| it.log.push(text.to_owned()));
}

fn require_funds(chain: &mut Chain, funds: Balance) {
    if funds > 0 {
        chain.require_writable();
        chain.require_capability(Capabilities::TRANSFER);
    }
}

/// Runs a callee with funds of the contract, which come back if it fails.
fn paid(
    to: Address,
    funds: Balance,
    callee: impl FnOnce() -> Result<Vec<u8>, CallError>,
) -> CallReply {
    let status = chain::with(|it| it.pay(it.contract, to, funds));
    if !status.is_success() {
        return failed(status);
    }
    let outcome = callee();
    if outcome.is_err() {
        chain::with(|it| it.pay(to, it.contract, funds));
    }
    reply_of(outcome)
}

fn failed(status: StatusCode) -> CallReply {
    CallReply {
        status: status as u8,
        data: Vec::new(),
    }
}

fn reply_of(outcome: Result<Vec<u8>, CallError>) -> CallReply {
    match outcome {
        Ok(data) => CallReply {
            status: StatusCode::Success as u8,
            data,
        },
        Err(error) => CallReply {
            status: error.status as u8,
            data: error.data,
        },
    }
}
