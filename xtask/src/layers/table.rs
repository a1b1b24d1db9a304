//! The law of layers, one row per crate: who may use whom, and who alone names a heavy dependency.
//!
//! The same table, with its reasons, is in ARCHITECTURE.md ("Code map"); ADR 0002 says how to change it.
//! Invariant, tested in the parent module: the arrows form no circle.
//! A row may be here before its crate is born; a crate without a row is refused.

/// One row.
pub(crate) struct Layer {
    pub(crate) folder: &'static str,
    pub(crate) package: &'static str,
    /// Workspace crates that it may use, in groups.
    pub(crate) may_use: &'static [&'static [&'static str]],
    /// Heavy dependencies that only the rows listing them may name; a final `*` stands for any ending.
    pub(crate) names: &'static [&'static str],
    pub(crate) place: Place,
}

/// Below the rim nothing reads a clock, a random number, a socket, a file or an environment variable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Core,
    Rim,
}
use Place::{Core, Rim};

const PRIMITIVES: &[&str] = &["argosy-primitives"];
const SPEC: &[&str] = &["argosy-primitives", "argosy-spec"];
const CHAIN_SPEC: &[&str] = &["argosy-primitives", "argosy-spec", "argosy-proof"];
const TIER: &[&str] = &["argosy-vm-abi", "argosy-vm-host", "argosy-vm-prepare"];
const VM: &[&str] = &[
    "argosy-vm-abi",
    "argosy-vm-prepare",
    "argosy-vm-crypto",
    "argosy-vm-host",
    "argosy-vm-interpreter",
    "argosy-vm-compiled",
    "argosy-vm-cosmwasm",
    "argosy-vm-engine",
];
const REPLICA_AND_BELOW: &[&str] = &[
    "argosy-kv",
    "argosy-state",
    "argosy-system",
    "argosy-executor",
    "argosy-chain",
    "argosy-mempool",
    "argosy-replica",
];
const NODE_RIM: &[&str] = &[
    "argosy-store",
    "argosy-signer",
    "argosy-signer-tls",
    "argosy-bft",
    "argosy-consensus",
    "argosy-swarm",
    "argosy-links",
    "argosy-network",
    "argosy-rpc-api",
    "argosy-rpc",
    "argosy-rpc-tls",
    "argosy-driver",
    "argosy-tiers",
    "argosy-snapshot",
    "argosy-traces",
    "argosy-pages",
];

const fn row(
    folder: &'static str,
    package: &'static str,
    may_use: &'static [&'static [&'static str]],
    names: &'static [&'static str],
    place: Place,
) -> Layer {
    Layer {
        folder,
        package,
        may_use,
        names,
        place,
    }
}

/// The table.
#[rustfmt::skip]
pub(crate) const LAYERS: &[Layer] = &[
    row("chain-spec/primitives", "argosy-primitives", &[], &["blake3", "ed25519-dalek"], Core),
    row("chain-spec/proof", "argosy-proof", &[PRIMITIVES], &[], Core),
    row("chain-spec/spec", "argosy-spec", &[PRIMITIVES], &[], Core),

    row("vm/abi", "argosy-vm-abi", &[PRIMITIVES], &[], Core),
    row("vm/values", "argosy-values", &[PRIMITIVES, &["argosy-vm-abi"]], &[], Core),
    row("vm/prepare", "argosy-vm-prepare", &[SPEC, &["argosy-vm-abi"]], &["wasmparser", "wasm-encoder"], Core),
    row("vm/crypto", "argosy-vm-crypto", &[PRIMITIVES], &["sha2", "sha3", "k256", "p256"], Core),
    row("vm/host", "argosy-vm-host", &[SPEC, &["argosy-vm-abi", "argosy-vm-crypto"]], &[], Core),
    row("vm/interpreter", "argosy-vm-interpreter", &[SPEC, TIER], &["wasmi"], Core),
    row("vm/compiled", "argosy-vm-compiled", &[SPEC, TIER], &["wasmtime"], Core),
    row("vm/cosmwasm", "argosy-vm-cosmwasm", &[SPEC, &["argosy-vm-abi", "argosy-vm-crypto", "argosy-vm-host"]],
        &["cosmwasm-*"], Core),
    row("vm/engine", "argosy-vm-engine", &[SPEC, &["argosy-vm-abi", "argosy-vm-prepare", "argosy-vm-crypto",
        "argosy-vm-host", "argosy-vm-interpreter", "argosy-vm-cosmwasm"]], &[], Core),
    row("vm/lab", "argosy-vm-lab", &[SPEC, VM], &["wasm-smith", "wasmi", "wasmtime", "wasmparser", "wasm-encoder", "clap"], Rim),

    row("node/kv", "argosy-kv", &[], &[], Core),
    row("node/state", "argosy-state", &[PRIMITIVES, &["argosy-proof", "argosy-kv"]], &[], Core),
    row("node/system", "argosy-system", &[SPEC, &["argosy-state"]], &[], Core),
    row("node/executor", "argosy-executor", &[SPEC, &["argosy-vm-abi", "argosy-vm-host", "argosy-vm-engine",
        "argosy-state", "argosy-system"]], &[], Core),
    row("node/chain", "argosy-chain", &[CHAIN_SPEC, &["argosy-kv", "argosy-state", "argosy-system", "argosy-executor"]], &[], Core),
    row("node/mempool", "argosy-mempool", &[SPEC], &[], Core),
    row("node/replica", "argosy-replica", &[SPEC, &["argosy-chain", "argosy-mempool"]], &[], Core),

    row("node/store", "argosy-store", &[&["argosy-kv"]], &["rocksdb"], Rim),
    row("node/signer", "argosy-signer", &[PRIMITIVES], &["pkcs8"], Rim),
    row("node/signer-tls", "argosy-signer-tls", &[&["argosy-signer"]], &["rustls", "rcgen"], Rim),
    row("node/bft", "argosy-bft", &[SPEC], &["arc-malachitebft-core-*", "arc-malachitebft-signing"], Core),
    row("node/consensus", "argosy-consensus", &[SPEC, &["argosy-bft", "argosy-signer", "argosy-links"]],
        &["arc-malachitebft-*", "ractor", "tokio"], Rim),
    row("node/swarm", "argosy-swarm", &[PRIMITIVES], &["libp2p", "yamux", "tokio"], Rim),
    row("node/links", "argosy-links", &[PRIMITIVES, &["argosy-swarm"]], &["libp2p", "tokio"], Rim),
    row("node/network", "argosy-network", &[PRIMITIVES, &["argosy-swarm"]], &["libp2p", "tokio"], Rim),
    row("node/rpc-api", "argosy-rpc-api", &[CHAIN_SPEC], &["jsonrpsee"], Core),
    row("node/rpc", "argosy-rpc", &[SPEC, &["argosy-rpc-api"]], &["jsonrpsee", "axum", "tokio"], Rim),
    // Beside `signer-tls`, whose clients show certificates and block threads: the dev chain has none of it.
    row("node/rpc-tls", "argosy-rpc-tls", &[], &["rustls", "tokio"], Rim),
    row("node/driver", "argosy-driver", &[CHAIN_SPEC, &["argosy-vm-abi", "argosy-values", "argosy-kv", "argosy-chain",
        "argosy-mempool", "argosy-replica", "argosy-rpc-api", "argosy-rpc"]], &["tokio"], Rim),
    row("node/tiers", "argosy-tiers", &[SPEC, &["argosy-vm-host", "argosy-vm-compiled", "argosy-vm-engine"]], &[], Rim),
    row("node/snapshot", "argosy-snapshot", &[PRIMITIVES, &["argosy-proof", "argosy-kv", "argosy-state", "argosy-chain"]],
        &["tokio"], Rim),
    row("node/traces", "argosy-traces", &[], &["opentelemetry*", "tokio"], Rim),
    row("node/pages", "argosy-pages", &[], &["clap"], Rim),
    row("node/argosyd", "argosyd", &[CHAIN_SPEC, VM, REPLICA_AND_BELOW, NODE_RIM], &["clap", "tokio"], Rim),
    // Of the signer only its rules, which are a value in memory.
    row("node/testkit", "argosy-testkit", &[CHAIN_SPEC, VM, REPLICA_AND_BELOW, &["argosy-bft", "argosy-signer"]],
        &["arc-malachitebft-core-*", "arc-malachitebft-metrics", "arc-malachitebft-signing"], Core),

    row("clients/bindings", "argosy-bindings", &[PRIMITIVES, &["argosy-vm-abi"]], &[], Core),
    row("clients/metadata", "argosy-metadata", &[&["argosy-vm-abi"]], &["scale-info"], Core),
    row("clients/sdk-macros", "argosy-sdk-macros", &[&["argosy-bindings"]], &[], Rim),
    row("clients/sdk", "argosy-sdk", &[CHAIN_SPEC, &["argosy-vm-abi", "argosy-vm-crypto", "argosy-values", "argosy-rpc-api",
        "argosy-sdk-macros"]], &["jsonrpsee", "tokio"], Rim),
    row("clients/fork", "argosy-fork", &[CHAIN_SPEC, &["argosy-kv", "argosy-chain", "argosy-sdk"]], &["tokio", "rustls"], Rim),
    row("clients/argosy", "argosy", &[CHAIN_SPEC, VM, REPLICA_AND_BELOW, &["argosy-values", "argosy-bindings", "argosy-metadata", "argosy-sdk", "argosy-fork", "argosy-rpc",
        "argosy-rpc-api", "argosy-driver", "argosy-signer", "argosy-pages"]], &["clap", "tokio"], Rim),
    row("clients/testing", "argosy-testing", &[CHAIN_SPEC, VM, REPLICA_AND_BELOW, &["argosy-values", "argosy-sdk"]], &[], Rim),

    row("testnet", "argosy-testnet", &[CHAIN_SPEC, &["argosy-vm-abi", "argosy-sdk", "argosy-rpc-api"]],
        &["clap", "tokio", "jsonrpsee"], Rim),
    row("xtask", "xtask", &[], &[], Rim),
];

/// What the contracts' own workspace may take from this one: what guest and host agree on, and the
/// types in it. The hash functions serve the native test host only; no module links them.
pub(crate) const CONTRACTS_MAY_USE: &[&str] =
    &["argosy-vm-abi", "argosy-primitives", "argosy-vm-crypto"];

/// Never in the normal dependency tree of the client, which has to build without a C++ toolchain and
/// in minutes.
pub(crate) const CLIENT: &str = "argosy";
pub(crate) const NOT_IN_CLIENT: &[&str] = &["rocksdb", "librocksdb-sys", "wasmtime"];
