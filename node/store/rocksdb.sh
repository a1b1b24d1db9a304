#!/usr/bin/env bash
# Compiles RocksDB's C++ once per machine and writes an `env` file to source:
#
#     node/store/rocksdb.sh [DIR]          DIR: ${XDG_CACHE_HOME:-~/.cache}/argosy/rocksdb
#     ( . DIR/env && cargo build --package argosyd )
#
# Without it cargo compiles RocksDB itself, once for every profile, about 13 minutes each on 2 idle cores.
# Needs clang and libclang (bindings are generated); `./x` installs them. Idempotent: a finished library is
# kept until the version of RocksDB, the compiler or the processor's kind changes.
set -euo pipefail

dir=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/argosy/rocksdb}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
say() { printf 'rocksdb: %s\n' "$*" >&2; }

version=$(sed -n '/^name = "librocksdb-sys"$/{n;s/^version = "\(.*\)"$/\1/p}' Cargo.lock)
[ -n "$version" ] || { say "error: librocksdb-sys is not in Cargo.lock"; exit 1; }
# x86-64 processors have had these for 15 years; RocksDB's checksums are several times slower without.
case $(uname -m) in x86_64) flags="-msse4.2 -mpclmul" ;; *) flags="" ;; esac
key=$(printf '%s|%s|%s|%s' "$version" "$(clang++ --version | head -1)" "$(uname -sm)" "$flags" | cksum | cut -d' ' -f1)
lib=$dir/$version-$key

if [ ! -f "$lib/librocksdb.a" ]; then
    say "compiling RocksDB $version, once on this machine (about 13 minutes on 2 cores)"
    mkdir -p "$lib"
    rm -rf "$dir/build"
    # Its own folder and no inherited setting, so that what is built depends on the key alone.
    env -u ROCKSDB_LIB_DIR -u ROCKSDB_STATIC -u RUSTFLAGS -u CARGO_BUILD_TARGET \
        CC=clang CXX=clang++ CXXFLAGS="$flags" \
        cargo build --quiet --release --package librocksdb-sys --target-dir "$dir/build"
    built=$(find "$dir/build/release/build" -name librocksdb.a -path '*librocksdb-sys-*' | head -1)
    [ -n "$built" ] || { say "error: the build left no librocksdb.a"; exit 1; }
    cp "$built" "$lib/librocksdb.a.new"
    mv "$lib/librocksdb.a.new" "$lib/librocksdb.a"
    rm -rf "$dir/build"
fi
cat >"$dir/env.new" <<ENV
# RocksDB $version, compiled once on this machine by node/store/rocksdb.sh
export ROCKSDB_LIB_DIR="$lib" ROCKSDB_STATIC=1
ENV
mv "$dir/env.new" "$dir/env"
