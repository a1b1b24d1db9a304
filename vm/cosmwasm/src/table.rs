//! The tables of `interface_version_8`: imports, exports, and what modules may require.
//!
//! Source: CosmWasm, `packages/vm` (imports.rs, compatibility.rs), versions 1.0 to 3.0; all names
//! and signatures are facts of that interface. Pointers are `i32`, read as unsigned, and point to a
//! region (`region`).

use argosy_vm_abi::{
    Entry, ExportRules, ExportSpec, ImportSpec, Marker, MarkerSpec, Signs,
    ValType::{self, I32},
};

/// The module name of every import.
pub(crate) const MODULE: &str = "env";

/// What gives the contract room for a region of so many bytes.
pub(crate) const ALLOCATE: &str = "allocate";

macro_rules! imports {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal ($($param:ident),*) $(-> $result:ident)?;)+) => {
        /// An import. The discriminant is its index in the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Import {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Import {
            /// Every import, in table order.
            pub const ALL: &'static [Import] = &[$(Import::$variant,)+];
        }

        /// The rows.
        pub(crate) const IMPORTS: &[ImportSpec] = &[
            $(ImportSpec {
                name: $name,
                params: &[$(ValType::$param,)*],
                result: imports!(@result $($result)?),
            },)+
        ];
    };
    (@result) => { None };
    (@result $result:ident) => { Some(ValType::$result) };
}

imports! {
    /// `(key)`: the value's region, or 0.
    DbRead = "db_read" (I32) -> I32;
    /// `(key, value)`.
    DbWrite = "db_write" (I32, I32);
    /// `(key)`.
    DbRemove = "db_remove" (I32);
    /// `(start, end, order)`: an iterator. A bound of 0 is none; order 1 ascends, 2 descends.
    DbScan = "db_scan" (I32, I32, I32) -> I32;
    /// `(iterator)`: a region with the sections key and value; both empty at the end.
    DbNext = "db_next" (I32) -> I32;
    /// `(iterator)`: a region with the key, or 0 at the end.
    DbNextKey = "db_next_key" (I32) -> I32;
    /// `(iterator)`: a region with the value, or 0 at the end.
    DbNextValue = "db_next_value" (I32) -> I32;
    /// `(text)`: 0, or a region that says what is wrong.
    AddrValidate = "addr_validate" (I32) -> I32;
    /// `(text, canonical)`: likewise.
    AddrCanonicalize = "addr_canonicalize" (I32, I32) -> I32;
    /// `(canonical, text)`: likewise.
    AddrHumanize = "addr_humanize" (I32, I32) -> I32;
    /// `(hash, signature, key)`: 0 valid, 1 not, or a code above.
    Secp256k1Verify = "secp256k1_verify" (I32, I32, I32) -> I32;
    /// `(hash, signature, parameter)`: the key's region in the low half, or a code in the high one.
    Secp256k1RecoverPubkey = "secp256k1_recover_pubkey" (I32, I32, I32) -> I64;
    /// `(hash, signature, key)`: 0 valid, 1 not, or a code above.
    Secp256r1Verify = "secp256r1_verify" (I32, I32, I32) -> I32;
    /// `(hash, signature, parameter)`: the key's region in the low half, or a code in the high one.
    Secp256r1RecoverPubkey = "secp256r1_recover_pubkey" (I32, I32, I32) -> I64;
    /// `(message, signature, key)`: 0 valid, 1 not, or a code above.
    Ed25519Verify = "ed25519_verify" (I32, I32, I32) -> I32;
    /// `(messages, signatures, keys)`, each in sections: 0 all valid, 1 not, or a code above.
    Ed25519BatchVerify = "ed25519_batch_verify" (I32, I32, I32) -> I32;
    /// `(points, out)`: 0, or a code.
    Bls12381AggregateG1 = "bls12_381_aggregate_g1" (I32, I32) -> I32;
    /// `(points, out)`: 0, or a code.
    Bls12381AggregateG2 = "bls12_381_aggregate_g2" (I32, I32) -> I32;
    /// `(ps, qs, r, s)`: 0 equal, 1 not, or a code above.
    Bls12381PairingEquality = "bls12_381_pairing_equality" (I32, I32, I32, I32) -> I32;
    /// `(hash function, message, domain, out)`: 0, or a code.
    Bls12381HashToG1 = "bls12_381_hash_to_g1" (I32, I32, I32, I32) -> I32;
    /// `(hash function, message, domain, out)`: 0, or a code.
    Bls12381HashToG2 = "bls12_381_hash_to_g2" (I32, I32, I32, I32) -> I32;
    /// `(text)`: a line for the node's local log.
    Debug = "debug" (I32);
    /// `(text)`: the contract panicked. Does not return.
    Abort = "abort" (I32);
    /// `(request)`: a region with the answer.
    QueryChain = "query_chain" (I32) -> I32;
}

impl Import {
    /// The row at `index`.
    pub(crate) fn from_index(index: usize) -> Option<Import> {
        Import::ALL.get(index).copied()
    }
}

/// What a contract leaves to the chain when its code returns, as whoever watches the frame is told. The
/// discriminant counts on behind the imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Afterwards {
    /// An event to announce.
    Event,
    /// A message to send.
    Message,
    /// How a message ended, to be told.
    Reply,
}

impl Afterwards {
    /// Its row behind the table.
    pub(crate) const fn index(self) -> usize {
        IMPORTS.len() + self as usize
    }

    /// What it is called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Afterwards::Event => "event",
            Afterwards::Message => "message",
            Afterwards::Reply => "reply",
        }
    }
}

/// What this chain offers of what modules may require. Staking, IBC and the like are declared by
/// many contracts that hardly use them: requests are answered as unsupported.
const CAPABILITIES: &[&str] = &[
    "requires_iterator",
    "requires_staking",
    "requires_stargate",
    "requires_ibc2",
    "requires_cosmwasm_1_1",
    "requires_cosmwasm_1_2",
    "requires_cosmwasm_1_3",
    "requires_cosmwasm_1_4",
    "requires_cosmwasm_2_0",
    "requires_cosmwasm_2_1",
    "requires_cosmwasm_2_2",
    "requires_cosmwasm_3_0",
];

const VERSION: &str = "interface_version_8";
const VERSION_PREFIXES: [&str; 2] = ["interface_version_", "cosmwasm_vm_version_"];

const fn function(
    name: &'static str,
    params: &'static [ValType],
    result: Option<ValType>,
) -> ExportSpec {
    ExportSpec {
        name,
        params,
        result,
        entry: None,
        is_required: false,
    }
}

const fn required(spec: ExportSpec) -> ExportSpec {
    ExportSpec {
        is_required: true,
        ..spec
    }
}

const fn serving(entry: Entry, spec: ExportSpec) -> ExportSpec {
    ExportSpec {
        entry: Some(entry),
        ..spec
    }
}

/// What is asked of exports.
pub(crate) const EXPORTS: ExportRules = ExportRules {
    functions: &[
        required(function(ALLOCATE, &[I32], Some(I32))),
        required(function("deallocate", &[I32], None)),
        required(function(VERSION, &[], None)),
        required(serving(
            Entry::Init,
            function("instantiate", &[I32, I32, I32], Some(I32)),
        )),
        serving(
            Entry::Call,
            function("execute", &[I32, I32, I32], Some(I32)),
        ),
        serving(Entry::Query, function("query", &[I32, I32], Some(I32))),
        serving(Entry::Upgrade, function("migrate", &[I32, I32], Some(I32))),
        serving(
            Entry::Upgrade,
            function("migrate", &[I32, I32, I32], Some(I32)),
        ),
        serving(Entry::Reply, function("reply", &[I32, I32], Some(I32))),
        function("sudo", &[I32, I32], Some(I32)),
    ],
    markers: &[
        MarkerSpec {
            prefix: VERSION_PREFIXES[0],
            known: &[VERSION],
            meaning: Marker::Version,
        },
        MarkerSpec {
            prefix: VERSION_PREFIXES[1],
            known: &[VERSION],
            meaning: Marker::Version,
        },
        MarkerSpec {
            prefix: "requires_",
            known: CAPABILITIES,
            meaning: Marker::Requirement,
        },
    ],
    // Source: CosmWasm, `packages/vm/src/parsed_wasm.rs`, since 2.2.
    storage_version: Some("cw_migrate_version"),
};

/// By what a module is recognised as one of this ABI.
pub const SIGNS: Signs = Signs {
    import_module: MODULE,
    export_prefixes: &VERSION_PREFIXES,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_discriminant_is_the_index() {
        assert_eq!(Import::ALL.len(), 24);
        for (index, import) in Import::ALL.iter().enumerate() {
            assert_eq!(*import as usize, index);
        }
        assert_eq!(Import::from_index(IMPORTS.len()), None);
        assert_eq!(Afterwards::Reply.index(), IMPORTS.len() + 2);
    }
}
