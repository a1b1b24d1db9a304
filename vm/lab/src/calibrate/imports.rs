//! Host functions: ns per call and per byte, against a host that answers from memory at once.

use argosy_primitives::Gas;
use argosy_spec::{ChainSpec, Price};
use argosy_vm_abi::{IMPORTS, Import, MODULE, ValType};

use super::{chain_of, timed_call};

/// What was measured of one import.
#[derive(Clone, Debug)]
pub(super) struct MeasuredImport {
    /// Its name.
    pub(super) name: String,
    /// ns of a call with few bytes.
    pub(super) ns: f64,
    /// Gas of that call.
    pub(super) gas: f64,
    /// ns per byte on top, where there are bytes.
    pub(super) ns_per_byte: f64,
    /// Gas per byte on top.
    pub(super) gas_per_byte: f64,
}

/// Bytes of a call with few.
pub(super) const FEW: u32 = 8;

/// Arguments for a call with `len` bytes.
fn arguments(import: Import, len: u32) -> Option<Vec<i64>> {
    let len = i64::from(len);
    // 0: zeroes to read; 300000: room to write; 200000: an address or a number that is zero.
    let (data, out, zero) = (1_000, 400_000, 200_000);
    Some(match import {
        // These end the frame or run another one: the executor's work, not an import's.
        Import::Finish
        | Import::Revert
        | Import::Call
        | Import::Instantiate
        | Import::UpgradeSelf => {
            return None;
        }
        Import::InputLen
        | Import::ResultLen
        | Import::BlockHeight
        | Import::BlockTime
        | Import::GasLeft => vec![],
        Import::InputRead | Import::ResultRead => vec![out, 0, 0],
        Import::StorageGet => vec![zero, 32, out, 70_000],
        Import::StorageSet => vec![zero, 32, data, len],
        Import::StorageRemove => vec![zero, 32],
        Import::StorageRange => vec![zero, 32, zero, -1, 0, 8],
        Import::Caller | Import::SelfAddress | Import::Signer | Import::Chain | Import::Funds => {
            vec![out]
        }
        Import::Balance | Import::Transfer => vec![zero, zero],
        Import::Emit => vec![zero, 2, data, len],
        Import::Blake3 | Import::Sha256 | Import::Keccak256 => vec![data, len, out],
        Import::Ed25519Verify => vec![600_000, 600_032, data, len],
        Import::Secp256k1Verify => vec![600_200, 600_240, 600_304],
        Import::Secp256k1Recover => vec![600_304, 600_240, 1, out],
        Import::P256Verify => vec![600_400, 600_440, 600_504],
        Import::Log => vec![data, len],
    })
}

/// A contract that makes `calls` calls.
fn caller(import: Import, len: u32, calls: u32) -> Option<String> {
    let arguments = arguments(import, len)?;
    let spec = import.spec();
    let name = |ty| if ty == ValType::I64 { "i64" } else { "i32" };
    let params: String = spec
        .params
        .iter()
        .map(|it| format!(" {}", name(*it)))
        .collect();
    let result = spec
        .result
        .map_or(String::new(), |it| format!("(result {})", name(it)));
    let values: String = spec
        .params
        .iter()
        .zip(&arguments)
        .map(|(ty, value)| format!("({}.const {value})", name(*ty)))
        .collect();
    let call = match spec.result {
        Some(_) => format!("(drop (call $import {values}))"),
        None => format!("(call $import {values})"),
    };
    let data = super::signed::data();
    Some(format!(
        r#"(module
          (import "{MODULE}" "{}" (func $import (param{params}) {result}))
          (memory (export "memory") 17) {data}
          (func (export "call") (local $n i32)
            (local.set $n (i32.const {calls}))
            (loop $l {call}
              (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#,
        spec.name
    ))
}

/// Measures every import.
pub(super) fn measure_imports(spec: &ChainSpec) -> Vec<MeasuredImport> {
    let all = (0..IMPORTS.len()).filter_map(Import::from_index);
    all.filter_map(|import| measure_import(spec, import))
        .collect()
}

fn measure_import(spec: &ChainSpec, import: Import) -> Option<MeasuredImport> {
    let many = match import {
        Import::Blake3 | Import::Sha256 | Import::Keccak256 | Import::Ed25519Verify => 65_536,
        Import::StorageSet => 32_768,
        Import::Emit | Import::Log => 16_000,
        _ => FEW,
    };
    arguments(import, FEW)?;
    let time = |len, calls| {
        let wat = caller(import, len, calls).expect("it has arguments");
        timed_call(&mut chain_of(spec, &wat), b"0123456789abcdef")
    };
    Some(measured(import.spec().name.into(), [FEW, many], time))
}

/// What calls with few and with many bytes take, by the time in ns and the gas of so many calls of a size.
pub(super) fn measured(
    name: String,
    [few, many]: [u32; 2],
    time: impl Fn(u32, u32) -> (f64, Gas),
) -> MeasuredImport {
    let per_call = |len| {
        let once = time(len, 8).0 / 8.0;
        // Events of a frame are limited.
        let calls = (2_000_000.0 / once).clamp(16.0, 900.0) as u32;
        let (full, some) = (time(len, calls), time(len, calls / 2));
        let calls = f64::from(calls - calls / 2);
        ((full.0 - some.0) / calls, (full.1 - some.1) as f64 / calls)
    };
    let small = per_call(few);
    let bytes = f64::from(many - few);
    let (ns_per_byte, gas_per_byte) = match many > few {
        true => {
            let large = per_call(many);
            ((large.0 - small.0) / bytes, (large.1 - small.1) / bytes)
        }
        false => (0.0, 0.0),
    };
    MeasuredImport {
        name,
        ns: small.0.max(0.0),
        gas: small.1,
        ns_per_byte: ns_per_byte.max(0.0),
        gas_per_byte,
    }
}

/// The price of an import whose work is computing.
pub(super) fn price_of(spec: &ChainSpec, name: &str) -> Option<Price> {
    let prices = &spec.host_prices;
    Some(match name {
        "blake3" => prices.blake3,
        "sha256" => prices.sha256,
        "keccak256" => prices.keccak256,
        "ed25519_verify" => prices.ed25519_verify,
        "secp256k1_verify" => prices.secp256k1_verify,
        "secp256k1_recover" => prices.secp256k1_recover,
        "p256_verify" => prices.p256_verify,
        _ => return None,
    })
}
