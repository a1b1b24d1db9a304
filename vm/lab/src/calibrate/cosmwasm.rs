//! Imports of CosmWasm contracts, likewise. Arguments lie in regions, and the contract gives room anew in each round.

use argosy_primitives::AbiKind;
use argosy_spec::{ChainSpec, Price};
use argosy_vm_abi::{ImportSpec, ValType};
use argosy_vm_engine::adapter_of;

use super::imports::{FEW, MeasuredImport, measured};
use super::{chain_of, signed, timed_call};
use crate::chain::{SPEC, address};

/// What the names begin with in the page.
const MODULE: &str = "env.";

/// Generators of the groups of BLS12-381, compressed.
const G1: &str = "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb";
const G2: &str = "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8";
const G1_BYTES: u32 = 48;
const G2_BYTES: u32 = 96;
const PAIR_BYTES: u32 = G1_BYTES + G2_BYTES;

/// Where the bytes of the first argument lie; those of the others follow so far behind.
const DATA: usize = 0x1_0000;
const DATA_STEP: usize = 0x4_0000;

const NOTHING: &str = r#"{"ok":{"messages":[],"attributes":[],"events":[],"data":null}}"#;

enum Argument {
    Number(u32),
    /// A region with these bytes.
    Bytes(Vec<u8>),
    /// A region with room for so many.
    Room(u32),
}

use Argument::{Bytes, Number, Room};

/// Bytes of the small call and of the large one.
fn sizes(name: &str) -> [u32; 2] {
    match name {
        "db_write" => [FEW, 32_768],
        "debug" => [FEW, 16_000],
        "ed25519_verify"
        | "ed25519_batch_verify"
        | "bls12_381_hash_to_g1"
        | "bls12_381_hash_to_g2" => [FEW, 65_536],
        "bls12_381_aggregate_g1" => [G1_BYTES, 200 * G1_BYTES],
        "bls12_381_aggregate_g2" => [G2_BYTES, 100 * G2_BYTES],
        "bls12_381_pairing_equality" => [PAIR_BYTES, 20 * PAIR_BYTES],
        "query_chain" => [64, 64_000],
        _ => [FEW, FEW],
    }
}

fn hex(digits: &str) -> Vec<u8> {
    const_hex::decode(digits).expect("hex")
}

/// A list of one, as batches have them.
fn section(mut bytes: Vec<u8>) -> Vec<u8> {
    let length = (bytes.len() as u32).to_be_bytes();
    bytes.extend(length);
    bytes
}

/// Arguments for a call with `len` bytes; none for what ends the frame.
fn arguments(name: &str, len: u32) -> Option<Vec<Argument>> {
    let data = || vec![b'7'; len as usize];
    let key = || Bytes(b"key".to_vec());
    let text = || Bytes(address(1).to_text(SPEC.network.hrp).into_bytes());
    let signed = |place| Bytes(signed::bytes_at(place));
    let points = |point, bytes| Bytes(hex(point).repeat((len / bytes) as usize));
    let hashed = |room| vec![Number(0), Bytes(data()), Bytes(vec![b'D'; 43]), Room(room)];
    Some(match name {
        "abort" => return None,
        "db_read" | "db_remove" => vec![key()],
        "db_write" => vec![key(), Bytes(data())],
        "db_scan" => vec![Number(0), Number(0), Number(1)],
        "db_next" | "db_next_key" | "db_next_value" => vec![Number(1)],
        "addr_validate" => vec![text()],
        "addr_canonicalize" => vec![text(), Room(32)],
        "addr_humanize" => vec![Bytes(vec![1; 32]), Room(128)],
        "secp256k1_verify" => vec![signed(600_304), signed(600_240), signed(600_200)],
        "secp256k1_recover_pubkey" => vec![signed(600_304), signed(600_240), Number(0)],
        "secp256r1_verify" => vec![signed(600_504), signed(600_440), signed(600_400)],
        "secp256r1_recover_pubkey" => vec![signed(600_504), signed(600_440), Number(0)],
        "ed25519_verify" => vec![Bytes(data()), signed(600_032), signed(600_000)],
        "ed25519_batch_verify" => {
            let parts = [data(), signed::bytes_at(600_032), signed::bytes_at(600_000)];
            parts.map(|it| Bytes(section(it))).into()
        }
        "bls12_381_aggregate_g1" => vec![points(G1, G1_BYTES), Room(G1_BYTES)],
        "bls12_381_aggregate_g2" => vec![points(G2, G2_BYTES), Room(G2_BYTES)],
        "bls12_381_pairing_equality" => {
            let (ps, qs) = (points(G1, PAIR_BYTES), points(G2, PAIR_BYTES));
            vec![ps, qs, Bytes(hex(G1)), Bytes(hex(G2))]
        }
        "bls12_381_hash_to_g1" => hashed(G1_BYTES),
        "bls12_381_hash_to_g2" => hashed(G2_BYTES),
        "debug" => vec![Bytes(data())],
        // The dearest JSON: values of two bytes.
        "query_chain" => {
            let values = "0,".repeat((len / 2) as usize);
            vec![Bytes(format!(r#"{{"custom":[{values}0]}}"#).into_bytes())]
        }
        other => panic!("{other} has no arguments here"),
    })
}

/// The region with these words, and its bytes.
fn region(place: usize, at: usize, room: usize, bytes: &[u8]) -> String {
    let words = [at, room, bytes.len()].map(|it| (it as u32).to_le_bytes());
    let segment = |at: usize, bytes: &[u8]| {
        let escaped: String = bytes.iter().map(|it| format!("\\{it:02x}")).collect();
        format!("(data (i32.const {at}) \"{escaped}\")")
    };
    segment(place, &words.concat()) + &segment(at, bytes)
}

/// A contract that makes `calls` calls.
fn caller(spec: &ImportSpec, len: u32, calls: u32) -> Option<String> {
    let name = |ty: &ValType| match ty {
        ValType::I32 => " i32",
        ValType::I64 => " i64",
    };
    let params: String = spec.params.iter().map(name).collect();
    let result = spec.result.as_ref();
    let result = result.map_or(String::new(), |it| format!("(result{})", name(it)));
    let (mut values, mut data) = (
        String::new(),
        region(16, 1_024, NOTHING.len(), NOTHING.as_bytes()),
    );
    for (index, argument) in arguments(spec.name, len)?.into_iter().enumerate() {
        let (place, at) = (64 + 16 * index, DATA + DATA_STEP * index);
        let value = match argument {
            Number(number) => number as usize,
            Bytes(bytes) => {
                data += &region(place, at, bytes.len(), &bytes);
                place
            }
            Room(room) => {
                data += &region(place, at, room as usize, &[]);
                place
            }
        };
        values += &format!("(i32.const {value})");
    }
    let call = match spec.result {
        Some(_) => format!("(drop (call $import {values}))"),
        None => format!("(call $import {values})"),
    };
    let (scan, begin) = match spec.name.starts_with("db_next") {
        true => (
            r#"(import "env" "db_scan" (func $scan (param i32 i32 i32) (result i32)))"#,
            "(drop (call $scan (i32.const 0) (i32.const 0) (i32.const 1)))",
        ),
        false => ("", ""),
    };
    Some(format!(
        r#"(module
          (import "env" "{}" (func $import (param{params}) {result})) {scan}
          (memory (export "memory") 64) {data}
          (global $free (mut i32) (i32.const 2097152))
          (func (export "interface_version_8"))
          (func (export "deallocate") (param i32))
          (func (export "allocate") (param $size i32) (result i32)
            (local $region i32)
            (local.set $region (global.get $free))
            (i32.store (local.get $region) (i32.add (local.get $region) (i32.const 16)))
            (i32.store offset=4 (local.get $region) (local.get $size))
            (i32.store offset=8 (local.get $region) (i32.const 0))
            (global.set $free (i32.add (i32.const 16)
              (i32.add (local.get $region) (local.get $size))))
            (local.get $region))
          (func (export "instantiate") (param i32 i32 i32) (result i32) (i32.const 16))
          (func (export "execute") (param i32 i32 i32) (result i32) (local $n i32)
            {begin}
            (local.set $n (i32.const {calls}))
            (loop $l
              (global.set $free (i32.const 2097152))
              {call}
              (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (i32.const 16)))"#,
        spec.name
    ))
}

/// Measures every import.
pub(super) fn measure_cosmwasm(spec: &ChainSpec) -> Vec<MeasuredImport> {
    let adapter = adapter_of(AbiKind::CosmWasm, spec).expect("this version serves it");
    let imports = adapter.imports().iter();
    let measure = |import: &ImportSpec| {
        let sizes = sizes(import.name);
        arguments(import.name, sizes[0])?;
        let time = |len, calls| {
            let wat = caller(import, len, calls).expect("it has arguments");
            timed_call(&mut chain_of(spec, &wat), b"{}")
        };
        Some(measured(format!("{MODULE}{}", import.name), sizes, time))
    };
    imports.filter_map(measure).collect()
}

/// The price of an import whose work is computing.
pub(super) fn price_of(spec: &ChainSpec, name: &str) -> Option<Price> {
    let prices = &spec.host_prices;
    Some(match name.strip_prefix(MODULE)? {
        "addr_validate" | "addr_canonicalize" | "addr_humanize" => prices.address_text,
        "secp256k1_verify" => prices.secp256k1_verify,
        "secp256k1_recover_pubkey" => prices.secp256k1_recover,
        "secp256r1_verify" => prices.p256_verify,
        "secp256r1_recover_pubkey" => prices.p256_recover,
        "ed25519_verify" | "ed25519_batch_verify" => prices.ed25519_verify,
        "bls12_381_aggregate_g1" | "bls12_381_aggregate_g2" => prices.bls12_381_aggregate,
        "bls12_381_pairing_equality" => prices.bls12_381_pairing,
        "bls12_381_hash_to_g1" | "bls12_381_hash_to_g2" => prices.bls12_381_hash,
        "query_chain" => prices.json,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_import_can_be_called() {
        let adapter = adapter_of(AbiKind::CosmWasm, &SPEC).expect("this version serves it");
        for import in adapter.imports() {
            let Some(wat) = caller(import, sizes(import.name)[0], 2) else {
                assert_eq!(import.name, "abort");
                continue;
            };
            let (_, gas) = timed_call(&mut chain_of(&SPEC, &wat), b"{}");
            assert!(gas > 0, "{}", import.name);
        }
    }
}
