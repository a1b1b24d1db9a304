//! Code: store and remove.
//!
//! An upload pays before the work it causes: by the byte before it is looked at, by what it holds
//! before it is validated and instrumented.

use argosy_primitives::{AbiHash, Balance, CodeHash, StatusCode};
use argosy_state::{CodeBlobs, CodeRecord};
use argosy_vm_engine::{Measure, PreparedModule, Refusal, sha256};

use crate::actions::Outcome;
use crate::error::Fault;
use crate::scope::{Step, TxScope};
use crate::system_event::SystemEvent;

/// Stores a module; its data is the hash. A refused module gives `CodeRejected` with the stable
/// name of the reason.
pub(super) fn store(scope: &mut TxScope<'_>, code: &[u8]) -> Step<Outcome> {
    let (env, prices) = (scope.env, &scope.env.spec.upload_prices);
    let bytes = Measure {
        bytes: code.len() as u64,
        ..Measure::default()
    }
    .gas(prices);
    scope.charge(bytes)?;
    let hash = CodeHash::of(code);
    if scope.state.code(&hash)?.is_some() {
        return Err(StatusCode::AlreadyExists.into());
    }
    let measure = match env.engine.measure(code) {
        Ok(measure) => measure,
        Err(refusal) => return Ok(rejected(scope, &refusal)),
    };
    scope.charge(measure.gas(prices).saturating_sub(bytes))?;
    let (abi, module) = match env.engine.accept(code) {
        Ok(prepared) => prepared,
        Err(refusal) => return Ok(rejected(scope, &refusal)),
    };
    let PreparedModule {
        bytes: instrumented,
        facts,
    } = module;
    let (size_bytes, instrumented_bytes) = (size(code)?, size(&instrumented)?);
    let deposit = Balance::from(size_bytes)
        .saturating_add(instrumented_bytes.into())
        .saturating_mul(env.spec.fees.code_deposit_per_byte);
    scope.lock_deposit(deposit)?;
    let uploader = scope.signer;
    let record = CodeRecord {
        sha256: sha256(code),
        code_id: 0,
        abi,
        size_bytes,
        instrumented_bytes,
        uploader,
        deposit,
        users: 0,
        abi_hash: facts.abi.as_deref().map(AbiHash::of),
        capabilities: facts.manifest.capabilities.bits(),
        storage_version: facts.storage_version,
    };
    let blobs = CodeBlobs {
        original: code.into(),
        instrumented: instrumented.into(),
    };
    let code_id = scope.state.add_code(&hash, record, blobs)?;
    scope.announce(SystemEvent::CodeStored {
        code: hash,
        uploader,
        code_id,
    })?;
    Ok(Outcome::success(hash.as_bytes().to_vec()))
}

/// Removes unused code and refunds its uploader.
pub(super) fn remove(scope: &mut TxScope<'_>, code: &CodeHash) -> Step<Outcome> {
    let record = scope.state.code(code)?.ok_or(StatusCode::CodeNotFound)?;
    if record.uploader != scope.signer {
        return Err(StatusCode::Unauthorized.into());
    }
    if record.users > 0 {
        return Err(StatusCode::CodeInUse.into());
    }
    scope.state.remove_code(code)?;
    scope.refund_deposit(record.deposit)?;
    scope.announce(SystemEvent::CodeRemoved {
        code: *code,
        uploader: record.uploader,
    })?;
    Ok(Outcome::success(Vec::new()))
}

fn rejected(scope: &mut TxScope<'_>, refusal: &Refusal) -> Outcome {
    scope.trace.refuse(refusal);
    Outcome {
        status: StatusCode::CodeRejected,
        data: refusal.code().as_bytes().to_vec(),
    }
}

fn size(bytes: &[u8]) -> Result<u32, Fault> {
    u32::try_from(bytes.len()).map_err(|_| Fault::Invariant("a module is larger than its limit"))
}
