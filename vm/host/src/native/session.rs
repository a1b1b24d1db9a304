//! One frame of the native ABI: what lives between imports, and which import does what.

use std::sync::Arc;

use argosy_vm_abi::Import;

use super::Terms;
use super::desk::Desk;
use crate::adapter::{Invocation, Invoke, Session, Stop};
use crate::fault::HostFault;
use crate::guest::Guest;
use crate::port::Host;

/// State of one frame.
pub(super) struct NativeSession {
    terms: Arc<Terms>,
    invocation: Invocation,
    register: Register,
}

/// The last result of variable size.
#[derive(Default)]
pub(super) enum Register {
    #[default]
    Empty,
    Owned(Vec<u8>),
    Shared(Arc<[u8]>),
}

impl Register {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Register::Empty => &[],
            Register::Owned(bytes) => bytes,
            Register::Shared(bytes) => bytes,
        }
    }
}

impl NativeSession {
    pub(super) fn new(terms: Arc<Terms>, invocation: Invocation) -> NativeSession {
        NativeSession {
            terms,
            invocation,
            register: Register::default(),
        }
    }
}

impl Session for NativeSession {
    fn begin(&mut self, _: &mut dyn Guest, _: &mut dyn Host) -> Result<Invoke, Stop> {
        Ok(Invoke {
            export: self.invocation.entry.export_name(),
            args: Vec::new(),
        })
    }

    fn import(
        &mut self,
        index: usize,
        args: &[i64],
        guest: &mut dyn Guest,
        host: &mut dyn Host,
    ) -> Result<i64, Stop> {
        let import = Import::from_index(index)
            .ok_or_else(|| HostFault::new("a tier called an import that is not in the table"))?;
        guest.charge(self.terms.prices.import.base)?;
        let mut desk = Desk {
            terms: &self.terms,
            guest,
            host,
        };
        let desk = &mut desk;
        let input = &self.invocation.input;
        let register = &mut self.register;
        match import {
            Import::InputLen => Ok(input.len() as i64),
            Import::InputRead => desk.read_from(input, take(args)?),
            Import::Finish => desk.finish(take(args)?),
            Import::Revert => desk.revert(take(args)?),
            Import::ResultLen => Ok(register.bytes().len() as i64),
            Import::ResultRead => desk.read_from(register.bytes(), take(args)?),
            Import::StorageGet => desk.storage_get(take(args)?, register),
            Import::StorageSet => desk.storage_set(take(args)?),
            Import::StorageRemove => desk.storage_remove(take(args)?),
            Import::StorageRange => desk.storage_range(take(args)?, register),
            Import::Caller => desk.give(take(args)?, |it| *it.caller.as_bytes()),
            Import::SelfAddress => desk.give(take(args)?, |it| *it.contract.as_bytes()),
            Import::Signer => desk.give(take(args)?, |it| *it.signer.as_bytes()),
            Import::Chain => desk.give(take(args)?, |it| *it.chain.as_bytes()),
            Import::Funds => desk.give(take(args)?, |it| it.funds.to_le_bytes()),
            Import::Balance => desk.balance(take(args)?),
            Import::BlockHeight => Ok(desk.host.context().height as i64),
            Import::BlockTime => Ok(desk.host.context().time_ms as i64),
            Import::Transfer => desk.transfer(take(args)?),
            Import::Call => desk.call(take(args)?, register),
            Import::Instantiate => desk.instantiate(take(args)?, register),
            Import::UpgradeSelf => desk.upgrade_self(take(args)?, register),
            Import::Emit => desk.emit(take(args)?),
            Import::Blake3 => desk.blake3(take(args)?),
            Import::Sha256 => desk.sha256(take(args)?),
            Import::Keccak256 => desk.keccak256(take(args)?),
            Import::Ed25519Verify => desk.ed25519_verify(take(args)?),
            Import::Secp256k1Verify => desk.secp256k1_verify(take(args)?),
            Import::Secp256k1Recover => desk.secp256k1_recover(take(args)?),
            Import::P256Verify => desk.p256_verify(take(args)?),
            Import::GasLeft => Ok(desk.guest.gas_left() as i64),
            Import::Log => desk.log(take(args)?),
        }
    }

    /// An entry that returns without a word succeeded without data.
    fn end(&mut self, _: Option<i64>, _: &mut dyn Guest, _: &mut dyn Host) -> Stop {
        Stop::Finished(Vec::new())
    }
}

/// The arguments, as many as the table says.
fn take<const N: usize>(args: &[i64]) -> Result<[i64; N], HostFault> {
    args.try_into()
        .map_err(|_| HostFault::new("a tier passed another number of arguments than the table has"))
}
