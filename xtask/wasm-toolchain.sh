#!/usr/bin/env bash
# Makes a Rust toolchain that builds for wasm32-unknown-unknown, and writes an `env` file to source:
#
#     xtask/wasm-toolchain.sh [DIR]        DIR: ${XDG_CACHE_HOME:-~/.cache}/argosy/wasm-toolchain
#     ( . DIR/env && cargo build --release --target wasm32-unknown-unknown )
#
# Three routes, the first that applies:
#   1. the active toolchain has the target already;
#   2. `rustup target add`, unless RUSTUP_AUTO_INSTALL=0 says that rustup may download nothing here;
#   3. Debian's packages rustc-web and rust-web-src, unpacked into DIR (nothing is installed on the
#      system), and std built from their source: 140 MB of packages, about 1 minute on 2 idle cores.
# Idempotent: a finished DIR is left alone. Only `./x contracts` and the wasm32 check of `./x ci` need it.
# shellcheck disable=SC1091 # the env file is written below
set -euo pipefail

target=wasm32-unknown-unknown
dir=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/argosy/wasm-toolchain}
say() { printf 'wasm-toolchain: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
has_target() { compgen -G "$("$1" --print target-libdir --target $target)/libcore-*.rlib" >/dev/null; }

plain_env() {
    mkdir -p "$dir"
    echo "# The active Rust toolchain has $target: nothing to set." >"$dir/env"
    say "the active toolchain builds for $target ($1)"
}

debian_route() {
    local cargo lld root source std
    cargo=$(rustup which cargo 2>/dev/null || command -v cargo)
    lld=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/rust-lld
    [ -x "$lld" ] || die "no rust-lld at $lld: use a Rust toolchain from rustup"
    [ -n "$(apt-cache pkgnames rust-web-src)" ] || as_root apt-get update -qq

    rm -rf "$dir"
    mkdir -p "$dir/debs" "$dir/bin" "$dir/mkstd/src"
    say "fetching Debian's packages (140 MB)"
    local runtime llvm
    runtime=$(apt-cache depends libstd-rust-web-dev | sed -n 's/.*Depends: \(libstd-rust-web-1\.[0-9]*\).*/\1/p' | head -1)
    llvm=$(apt-cache depends "$runtime" | sed -n 's/.*Depends: \(libllvm[0-9]*\).*/\1/p' | head -1)
    if [ -z "$runtime" ] || [ -z "$llvm" ]; then die "this system has no package libstd-rust-web-dev"; fi
    (cd "$dir/debs" && apt-get download rustc-web libstd-rust-web-dev "$runtime" rust-web-src "$llvm" >"$dir/log" 2>&1) ||
        die "apt-get download failed, see $dir/log"
    for deb in "$dir"/debs/*.deb; do dpkg -x "$deb" "$dir/root"; done
    rm -rf "$dir/debs"

    root=$dir/root/usr
    # A wrapper, so that the library path of this one compiler never leaks into what it starts.
    cat >"$dir/bin/rustc" <<WRAPPER
#!/bin/sh
LD_LIBRARY_PATH=$(echo "$root"/lib/*-linux-gnu) exec $root/bin/rustc "\$@"
WRAPPER
    chmod +x "$dir/bin/rustc"

    source=$(echo "$root"/src/rustc-*/library)
    std=$root/lib/rustlib/$target/lib
    printf '[package]\nname = "mkstd"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$dir/mkstd/Cargo.toml"
    : >"$dir/mkstd/src/lib.rs"
    say "building std for $target with $("$dir/bin/rustc" --version) (about 1 minute)"
    # -Cembed-bitcode=yes: without it every contract with `lto = true` fails to link.
    (cd "$dir/mkstd" && env -u RUSTC_WRAPPER RUSTC="$dir/bin/rustc" RUSTC_BOOTSTRAP=1 \
        __CARGO_TESTS_ONLY_SRC_ROOT="$source" RUSTFLAGS=-Cembed-bitcode=yes CARGO_TARGET_DIR="$dir/mkstd/target" \
        "$cargo" build --quiet --release --target $target -Zbuild-std=std,panic_abort) >>"$dir/log" 2>&1 ||
        die "std did not build, see $dir/log"
    mkdir -p "$std" && rm -f "$std"/*
    cp "$dir/mkstd/target/$target/release/deps"/*.rlib "$std/" && rm -f "$std"/libmkstd*
    rm -rf "$dir/mkstd"
    has_target "$dir/bin/rustc" || die "std was built but $dir/bin/rustc does not find it"

    cat >"$dir/env" <<ENV
export RUSTC=$dir/bin/rustc
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$lld
ENV
    say "ready: . $dir/env"
}

if has_target rustc; then
    plain_env "it had it"
elif [ -f "$dir/env" ] && (. "$dir/env" && has_target "${RUSTC:-rustc}"); then
    say "ready: . $dir/env"
elif [ "${RUSTUP_AUTO_INSTALL:-1}" != 0 ] && command -v rustup >/dev/null && rustup target add $target; then
    plain_env "by rustup target add"
elif command -v apt-get >/dev/null && command -v dpkg >/dev/null; then
    debian_route
else
    die "cannot get $target here: run \`rustup target add $target\`"
fi
