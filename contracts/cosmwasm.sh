#!/usr/bin/env bash
# Builds a CosmWasm contract of the Rust crate registry, unmodified, for the tests that run it:
#
#     contracts/cosmwasm.sh DIR NAME VERSION      writes DIR/NAME-VERSION.wasm
#
# Which ones: cosmwasm.txt.
#
# Idempotent: a file that is there is left alone. The module is not committed: it is somebody else's.
# `--allow-undefined`, since cosmwasm-std before 3.1 does not say from which module its imports come, and linkers
# of Rust 1.96 and later no longer guess.
# shellcheck disable=SC1091 # written by wasm-toolchain.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$1 name=$2 version=$3
wasm=$dir/$name-$version.wasm
[ ! -s "$wasm" ] || exit 0
# Tests run side by side, and some want the same contract.
mkdir -p "$dir"
exec 9>"$dir/lock"
if command -v flock >/dev/null; then flock 9; fi
[ ! -s "$wasm" ] || exit 0

toolchain=${XDG_CACHE_HOME:-$HOME/.cache}/argosy/wasm-toolchain
"$here/../xtask/wasm-toolchain.sh" "$toolchain"
# What a test was started with is not for this build.
unset CARGO CARGO_MANIFEST_DIR CARGO_ENCODED_RUSTFLAGS RUSTC_WRAPPER RUSTUP_TOOLCHAIN
. "$toolchain/env"
export CARGO_TARGET_DIR=$dir/target RUSTFLAGS="-C link-arg=-s -C link-arg=--allow-undefined"
# Small and checked, as their authors release them: the crates bring no profile of their own.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=z CARGO_PROFILE_RELEASE_LTO=true CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 \
    CARGO_PROFILE_RELEASE_PANIC=abort CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true

# cargo unpacks what something depends on.
fetch=$dir/fetch-$name
mkdir -p "$fetch/src"
printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n[dependencies]\n%s = "=%s"\n' \
    "$name" "$version" >"$fetch/Cargo.toml"
: >"$fetch/src/lib.rs"
manifest=$(cargo metadata --quiet --format-version 1 --manifest-path "$fetch/Cargo.toml" |
    grep -o "\"manifest_path\":\"[^\"]*/$name-$version/Cargo.toml\"" | head -1 | cut -d'"' -f4)

source=$dir/$name-$version
rm -rf "$source"
cp -r "$(dirname "$manifest")" "$source"
chmod -R u+w "$source"
printf '\n[workspace]\n' >>"$source/Cargo.toml"
# The versions that the oracle of their tests links.
cp "$here/oracle/Cargo.lock" "$source/Cargo.lock"
cargo build --quiet --release --lib --target wasm32-unknown-unknown --manifest-path "$source/Cargo.toml"
cp "$CARGO_TARGET_DIR/wasm32-unknown-unknown/release/${name//-/_}.wasm" "$wasm.new"
mv "$wasm.new" "$wasm"
