#!/usr/bin/env bash
# rustc with crate ids made of name and version instead of cargo's hash, which depends on paths.
# Used by build.sh as RUSTC_WRAPPER: stable-rustc.sh RUSTC ARGUMENT…
set -euo pipefail
arguments=()
for argument in "$@"; do
    case $argument in
        metadata=*) argument=metadata=$CARGO_PKG_NAME-$CARGO_PKG_VERSION ;;
        -Cmetadata=*) argument=-Cmetadata=stable ;;
    esac
    arguments+=("$argument")
done
exec "${arguments[@]}"
