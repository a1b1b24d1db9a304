//! One frame: what lives between imports, and which import does what.

use std::sync::Arc;

use argosy_primitives::StatusCode;
use argosy_vm_host::{Guest, Host, HostFault, Invocation, Invoke, Session, Stop, TrapKind};

use crate::adapter::Terms;
use crate::desk::Desk;
use crate::scan::Scans;
use crate::table::Import;
use crate::{begin, end};

/// State of one frame.
pub(crate) struct CosmWasmSession {
    terms: Arc<Terms>,
    invocation: Invocation,
    scans: Scans,
}

impl CosmWasmSession {
    pub(crate) fn new(terms: Arc<Terms>, invocation: Invocation) -> CosmWasmSession {
        CosmWasmSession {
            terms,
            invocation,
            scans: Scans::default(),
        }
    }
}

impl Session for CosmWasmSession {
    fn begin(&mut self, guest: &mut dyn Guest, host: &mut dyn Host) -> Result<Invoke, Stop> {
        let mut desk = Desk {
            terms: &self.terms,
            guest,
            host,
        };
        begin::begin(&mut desk, &self.invocation)
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
        let scans = &mut self.scans;
        match import {
            Import::DbRead => desk.db_read(take(args)?),
            Import::DbWrite => desk.db_write(take(args)?, scans),
            Import::DbRemove => desk.db_remove(take(args)?, scans),
            Import::DbScan => desk.db_scan(take(args)?, scans),
            Import::DbNext => desk.db_next(take(args)?, scans),
            Import::DbNextKey => desk.db_next_key(take(args)?, scans),
            Import::DbNextValue => desk.db_next_value(take(args)?, scans),
            Import::AddrValidate => desk.addr_validate(take(args)?),
            Import::AddrCanonicalize => desk.addr_canonicalize(take(args)?),
            Import::AddrHumanize => desk.addr_humanize(take(args)?),
            Import::Secp256k1Verify => desk.secp256k1_verify(take(args)?),
            Import::Secp256k1RecoverPubkey => desk.secp256k1_recover(take(args)?),
            Import::Secp256r1Verify => desk.secp256r1_verify(take(args)?),
            Import::Secp256r1RecoverPubkey => desk.secp256r1_recover(take(args)?),
            Import::Ed25519Verify => desk.ed25519_verify(take(args)?),
            Import::Ed25519BatchVerify => desk.ed25519_batch_verify(take(args)?),
            Import::Bls12381AggregateG1 => desk.bls_aggregate_g1(take(args)?),
            Import::Bls12381AggregateG2 => desk.bls_aggregate_g2(take(args)?),
            Import::Bls12381PairingEquality => desk.bls_pairing_equality(take(args)?),
            Import::Bls12381HashToG1 => desk.bls_hash_to_g1(take(args)?),
            Import::Bls12381HashToG2 => desk.bls_hash_to_g2(take(args)?),
            Import::Debug => desk.debug(take(args)?),
            Import::Abort => desk.abort(take(args)?),
            Import::QueryChain => desk.query_chain(take(args)?),
        }
    }

    fn end(&mut self, returned: Option<i64>, guest: &mut dyn Guest, host: &mut dyn Host) -> Stop {
        let mut desk = Desk {
            terms: &self.terms,
            guest,
            host,
        };
        match end::end(&mut desk, self.invocation.entry, returned) {
            Ok(data) if data.len() <= self.terms.limits.data_bytes_max as usize => {
                Stop::Finished(data)
            }
            Ok(_) => Stop::Refused(StatusCode::LimitExceeded),
            Err(stop) => stop,
        }
    }
}

impl Desk<'_> {
    fn debug(&mut self, [text]: [i64; 1]) -> Result<i64, Stop> {
        self.log(text, "")
    }

    /// What the contract panicked with goes to the log: consensus knows the trap alone.
    fn abort(&mut self, [text]: [i64; 1]) -> Result<i64, Stop> {
        self.log(text, "panicked: ")?;
        Err(Stop::Trapped(TrapKind::Unreachable))
    }

    fn log(&mut self, text: i64, before: &str) -> Result<i64, Stop> {
        let bytes = self.read_head(text, self.terms.limits.event_bytes_max)?;
        self.pay(self.terms.prices.log, bytes.len() as u64)?;
        let text = String::from_utf8_lossy(&bytes);
        self.host.log(&format!("{before}{text}"));
        Ok(0)
    }
}

/// The arguments, as many as the table says.
fn take<const N: usize>(args: &[i64]) -> Result<[i64; N], HostFault> {
    args.try_into()
        .map_err(|_| HostFault::new("a tier passed another number of arguments than the table has"))
}
