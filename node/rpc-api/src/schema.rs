//! JSON schemas of the small values, which have a text of their own and so no derived schema.
//!
//! Always: a schema describes the one way in which a value is written; that readers also take a
//! number below 2^53 for a decimal string, or an address in upper case, is in its description only.
//! Each names itself, so that documents refer to it, and has an example.
//! Not here: schemas of everything that is made of these; they are derived beside their types.

use std::borrow::Cow;

use argosy_primitives::{
    AbiHash, AbiKind, BlockHash, CertificateHash, CodeHash, EventCursor, EvidenceRoot, GenesisHash,
    Hash32, PublicKey, ReceiptsRoot, Signature, StateRoot, StatusCode, TxCursor, TxId, TxRoot,
    ValidatorSetHash,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{
    AddressText, BlockSelector, Bytes, Decimal, DurationMs, Height, Index, Status, Text,
    TimestampMs,
};

const HASH: &str = "^0x[0-9a-f]{64}$";
const HASH_EXAMPLE: &str = "0x3e9837dda9b804f8afc9a7e874628117fcc8b96a6c7b3d829486b18cc1aa0273";
const KEY: &str = "^ed25519:0x[0-9a-f]{64}$";
const KEY_EXAMPLE: &str =
    "ed25519:0x0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a";
const SIGNATURE: &str = "^ed25519:0x[0-9a-f]{128}$";
const SIGNATURE_EXAMPLE: &str = "ed25519:0x\
    0404040404040404040404040404040404040404040404040404040404040404\
    0404040404040404040404040404040404040404040404040404040404040404";

/// How `dev_setMining` is told the pace: it reads a text.
pub(crate) enum MiningMode {}

/// Strings that a pattern describes.
macro_rules! strings {
    ($($type:ty: $name:literal, $pattern:expr, $example:expr, $description:literal;)+) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "description": $description,
                    "type": "string",
                    "pattern": $pattern,
                    "examples": [$example],
                })
            }
        }
    )+};
}

strings! {
    Bytes: "Bytes", "^0x([0-9a-f]{2})*$", "0x00ff", "Any bytes in hex.";
    AddressText: "Address", "^(argo|targo|dargo)1[02-9ac-hj-np-z]{59}$",
        "dargo1qzs6rgdp5xs6rgdp5xs6rgdp5xs6rgdp5xs6rgdp5xs6rgdp5xs6zp09mvl",
        "An account or contract, as bech32m text of its network; all in upper case is taken, too.";
    Text<Hash32>: "Hash32", HASH, HASH_EXAMPLE, "32 bytes in hex: a topic of an event, a salt, a digest.";
    Text<GenesisHash>: "GenesisHash", HASH, HASH_EXAMPLE, "Hash of the chain spec: names the chain.";
    Text<BlockHash>: "BlockHash", HASH, HASH_EXAMPLE, "Hash of a header: names a block.";
    Text<TxId>: "TxId", HASH, HASH_EXAMPLE,
        "Hash of an unsigned transaction: names it, and is what its sender signs.";
    Text<CodeHash>: "CodeHash", HASH, HASH_EXAMPLE, "Blake3 of a module as uploaded: names the code.";
    Text<AbiHash>: "AbiHash", HASH, HASH_EXAMPLE, "Hash of a contract's ABI description.";
    Text<StateRoot>: "StateRoot", HASH, HASH_EXAMPLE, "Root of the state trie.";
    Text<TxRoot>: "TxRoot", HASH, HASH_EXAMPLE, "Merkle root of a block's transactions.";
    Text<ReceiptsRoot>: "ReceiptsRoot", HASH, HASH_EXAMPLE, "Merkle root of a block's receipts.";
    Text<EvidenceRoot>: "EvidenceRoot", HASH, HASH_EXAMPLE, "Merkle root of a block's evidence.";
    Text<CertificateHash>: "CertificateHash", HASH, HASH_EXAMPLE,
        "Hash of a commit certificate with its signatures; zero where a block carries none.";
    Text<ValidatorSetHash>: "ValidatorSetHash", HASH, HASH_EXAMPLE,
        "Hash of a validator set with its keys and powers.";
    Text<PublicKey>: "PublicKey", KEY, KEY_EXAMPLE, "A public key: its scheme and its bytes in hex.";
    Text<Signature>: "Signature", SIGNATURE, SIGNATURE_EXAMPLE,
        "A signature: its scheme and its bytes in hex.";
    MiningMode: "MiningMode", "^(instant|manual|[1-9][0-9]*m?s)$", "1s",
        "At which pace blocks are made: instant, manual, or a period from 10ms to 3600s.";
    Text<EventCursor>: "EventCursor", r"^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}$", "120.3.0",
        "Place of an event: height, index of its transaction, index in that one's receipt.";
    Text<TxCursor>: "TxCursor", r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$", "120.3",
        "Place of a transaction: height, index in the block.";
    Decimal<u64>: "U64", "^(0|[1-9][0-9]{0,19})$", "1000000",
        "An unsigned 64-bit integer in decimal; a JSON number below 2^53 is taken, too.";
    Decimal<u128>: "U128", "^(0|[1-9][0-9]{0,38})$", "1000000000000000000",
        "An unsigned 128-bit integer in decimal; a JSON number below 2^53 is taken, too.";
    Decimal<i128>: "I128", "^(0|-?[1-9][0-9]{0,38})$", "-1000000000000000000",
        "A signed 128-bit integer in decimal; a JSON number is taken, too, if it is less than 2^53 from zero.";
}

/// The JSON numbers that may exceed 32 bits; they stay below 2^53, which every client can hold.
macro_rules! numbers {
    ($($type:ty: $name:literal, $example:literal, $description:literal;)+) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "description": $description,
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9_007_199_254_740_991_u64,
                    "examples": [$example],
                })
            }
        }
    )+};
}

numbers! {
    Height: "Height", 42, "Number of a block.";
    TimestampMs: "TimestampMs", 1_700_000_000_123_u64, "Milliseconds since the Unix epoch.";
    DurationMs: "DurationMs", 60_000, "So many milliseconds.";
    Index: "Index", 7, "Position or count.";
}

/// Words of a closed list.
macro_rules! words {
    ($($type:ty: $name:literal, $list:expr, $description:literal;)+) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let words: Vec<&str> = $list.iter().map(|it| it.as_str()).collect();
                json_schema!({
                    "description": $description,
                    "type": "string",
                    "enum": words,
                })
            }
        }
    )+};
}

words! {
    Status: "Status", StatusCode::ALL, "How an execution ended.";
    Text<AbiKind>: "AbiKind", AbiKind::ALL, "For which kind of host a module is made.";
}

impl JsonSchema for BlockSelector {
    fn schema_name() -> Cow<'static, str> {
        "BlockSelector".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let height = generator.subschema_for::<Height>();
        let hash = generator.subschema_for::<Text<BlockHash>>();
        json_schema!({
            "description": "Which block a read is about: its height, its hash, or a word.",
            "anyOf": [
                height,
                hash,
                {"type": "string", "enum": ["latest", "finalized", "earliest"]},
            ],
            "examples": ["latest", 42],
        })
    }
}
