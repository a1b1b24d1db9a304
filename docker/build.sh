#!/bin/sh
# Inside the builder's image: sh docker/build.sh PROGRAM leaves /rootfs/ for the final stage.
#
# A builder that has /rootfs.PROGRAM already brings a program that was built elsewhere.
set -eu

program=$1
if [ -d "/rootfs.$program" ]; then
    mv "/rootfs.$program" /rootfs
    exit 0
fi
cd "$(dirname "$0")/.."
export XDG_CACHE_HOME=/cache CARGO_TARGET_DIR=/cache/target
./x setup
# RocksDB, as setup built it.
. /cache/argosy/rocksdb/env
# Paths of the machine in the program would make two builds of one commit differ.
export RUSTFLAGS="--remap-path-prefix=$PWD=/argosy --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
cargo build --release --locked --package "$program"
bash docker/rootfs.sh "/cache/target/release/$program" /rootfs
