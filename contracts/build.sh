#!/usr/bin/env bash
# Builds every contract to $CARGO_TARGET_DIR/wasm32-unknown-unknown/release/*.wasm, under the wasm32
# toolchain that is active. `./x contracts` sets that up, and compares with artifacts/.
#
# The bytes depend on the sources, Cargo.lock and the compiler only, not on where the checkout lies:
# - paths in the code are remapped;
# - cargo mixes the absolute path of ../vm/abi into the ids of crates, by which the compiler sorts
#   functions; stable-rustc.sh replaces these ids.
# A plain `cargo build` makes modules of the same behaviour and size, with functions in another order.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
here=$PWD

# `-Cmetadata` keeps these builds apart from plain ones in the same target directory.
export RUSTC_WRAPPER=$here/stable-rustc.sh
cargo build --locked --release --target wasm32-unknown-unknown --config "target.wasm32-unknown-unknown.rustflags = [
    '-Cmetadata=stable',
    '--remap-path-prefix=$(dirname "$here")=argosy',
    '--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo',
]" "$@"
