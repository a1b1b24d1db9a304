#!/usr/bin/env bash
# Builds the samples of this folder: C by clang, AssemblyScript by asc, Zig. For each language it gets the tool if
# that is possible (apt as root, npm, pip), builds the modules, and gives the contracts their ABI and manifest (abi.py).
#
#     contracts/languages/build.sh [--check]   compares with contracts/artifacts/languages, byte for byte
#     contracts/languages/build.sh --bless     replaces what is there
#
# A language whose tool is missing is skipped and counted. Under another version of a tool than the one that made the
# artefacts, bytes are not compared; then $cache/other-tools is there, and
#     ARGOSY_LANGUAGE_MODULES=$cache/built cargo test --package argosy-executor --test it languages
# sees that what was built behaves as the samples in Rust; `./x contracts` does that.
#
# Tools and modules go to ~/.cache/argosy/languages, nothing into the checkout.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
here=$PWD
artifacts=$here/../artifacts/languages
cache=${XDG_CACHE_HOME:-$HOME/.cache}/argosy/languages
built=$cache/built

# Pinned, with checksums, beside the sources.
asc_version=$(sed -n 's/.*"assemblyscript": "\([0-9.]*\)".*/\1/p' assemblyscript/package.json)
zig_version=$(sed -n 's/^ziglang==\([0-9.]*\).*/\1/p' zig/requirements.txt)
# Those with a description get their ABI; `imports` only shows the chain every signature of the bindings, and tests what no
# sample uses of them.
contracts="counter token exchange probe imports"

mode=${1:---check}
case $mode in
    --check | --bless) ;;
    *) printf 'usage: %s [--check|--bless]\n' "$0" >&2; exit 2 ;;
esac

say() { printf '    %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Without a word unless it fails; the caller then says that the tool is missing.
quietly() { "$@" >"$cache/log" 2>&1 || { tail -3 "$cache/log" | sed 's/^/        /' >&2; return 1; }; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo -n "$@"
    else return 1; fi
}

apt() {
    command -v apt-get >/dev/null || return 1
    quietly as_root apt-get update -qq &&
        quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"
}

first_of() {
    local name
    for name in "$@"; do
        if command -v "$name"; then return; fi
    done
    return 1
}

# ---- C -------------------------------------------------------------------------------------------------------

can_wasm() { "$1" --print-targets 2>/dev/null | grep -q wasm32; }

find_c() {
    clang=$(first_of clang-14 clang) && can_wasm "$clang" && linker=$(first_of wasm-ld-14 wasm-ld)
}

get_c() { find_c || { { apt clang-14 lld-14 || apt clang lld; } && find_c; }; }

version_c() { printf '%s; %s\n' "$("$clang" --version | head -1)" "$("$linker" --version)"; }

build_c() {
    (cd "$here/c" && "$clang" --target=wasm32-unknown-unknown -std=c11 -Oz -nostdlib -ffreestanding \
        -mcpu=mvp -mbulk-memory -msign-ext -Wall -Wextra -Wno-unused-function \
        "-fuse-ld=$linker" -Wl,--no-entry,--stack-first,--strip-all,-z,stack-size=16384 \
        "$1.c" -o "$2")
}

# ---- AssemblyScript ------------------------------------------------------------------------------------------

get_assemblyscript() {
    asc=$cache/asc-$asc_version/node_modules/.bin/asc
    command -v node >/dev/null || return 1
    if [ ! -x "$asc" ]; then
        command -v npm >/dev/null || return 1
        mkdir -p "$cache/asc-$asc_version"
        cp "$here/assemblyscript"/package*.json "$cache/asc-$asc_version/"
        quietly npm ci --prefix "$cache/asc-$asc_version" --ignore-scripts --no-audit --no-fund || return 1
    fi
    quietly "$asc" --version # A node that is too old cannot.
}

version_assemblyscript() { printf 'asc %s\n' "$("$asc" --version | sed 's/^Version //')"; }

build_assemblyscript() {
    (cd "$here/assemblyscript" && "$asc" "$1.ts" --runtime stub --use abort= --disable nontrapping-f2i \
        -Osize --noAssert --outFile "$2" 2>"$2.log") || { cat "$2.log" >&2; return 1; }
}

# ---- Zig -----------------------------------------------------------------------------------------------------

get_zig() {
    zig=$cache/zig-$zig_version
    [ -x "$zig/bin/python" ] && "$zig/bin/python" -c 'import ziglang' 2>/dev/null && return
    python3 -c 'import venv, ensurepip' 2>/dev/null || apt python3-venv || return 1
    quietly python3 -m venv "$zig" &&
        quietly "$zig/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: --no-deps \
            --require-hashes --requirement "$here/zig/requirements.txt"
}

version_zig() { printf 'zig %s\n' "$("$zig/bin/python" -m ziglang version)"; }

build_zig() {
    (cd "$here/zig" && ZIG_GLOBAL_CACHE_DIR=$cache/zig-cache ZIG_LOCAL_CACHE_DIR=$cache/zig-cache \
        "$zig/bin/python" -m ziglang build-exe -target wasm32-freestanding -mcpu=mvp+bulk_memory+sign_ext \
        -O ReleaseSmall -fstrip -fno-entry -rdynamic --stack 16384 "$1.zig" "-femit-bin=$2")
}

# ---- All of them ---------------------------------------------------------------------------------------------

# One module, with its sections.
build_one() {
    local language=$1 name=$2 plain=$cache/plain-$2.wasm
    rm -f "$plain"
    "build_$language" "$name" "$plain" || return 1
    if [ -e "$here/$name.json" ]; then
        python3 "$here/abi.py" attach "$here/$name.json" "$plain" "$built/$language-$name.wasm"
    else
        cat "$plain" >"$built/$language-$name.wasm"
    fi
}

# All of a language at once: asc takes seconds for each.
build() {
    local language=$1 name jobs=()
    for name in $contracts; do
        build_one "$language" "$name" &
        jobs+=("$!")
    done
    for name in $contracts; do
        wait "${jobs[0]}" || die "contracts/languages/$language: $name does not build"
        jobs=("${jobs[@]:1}")
    done
}

recorded() { sed -n "s/^$1: //p" "$artifacts/TOOLCHAIN" 2>/dev/null || true; }

# Whether the artefacts of a language are what was built.
compare() {
    local language=$1 version=$2 name
    if [ "$version" != "$(recorded "$language")" ]; then
        say "$language: bytes not compared, made by \`$(recorded "$language")\`, here is \`$version\`"
        touch "$cache/other-tools"
        return
    fi
    for name in $contracts; do
        cmp -s "$built/$language-$name.wasm" "$artifacts/$language-$name.wasm" ||
            die "contracts/artifacts/languages/$language-$name.wasm: its sources build to other bytes: contracts/languages/build.sh --bless"
    done
    say "$language: as its sources build under $version"
}

sha256() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

bless() {
    local language=$1 version=$2
    mkdir -p "$artifacts"
    cp "$built/$language"-*.wasm "$artifacts/"
    { sed "/^$language: /d" "$artifacts/TOOLCHAIN" 2>/dev/null || true; printf '%s: %s\n' "$language" "$version"; } |
        sort >"$cache/toolchain"
    mv "$cache/toolchain" "$artifacts/TOOLCHAIN"
    say "$language: replaced, made by $version"
}

mkdir -p "$built"
rm -f "$built"/*.wasm "$cache/other-tools"
command -v python3 >/dev/null || apt python3-venv || die "no python3, which writes the ABI into the modules: install it"
done=0 skipped=""
for language in c assemblyscript zig; do
    if ! "get_$language"; then
        say "$language: SKIPPED, its tool is not here and could not be fetched"
        skipped="$skipped $language"
        continue
    fi
    version=$("version_$language")
    build "$language"
    if [ "$mode" = --bless ]; then bless "$language" "$version"; else compare "$language" "$version"; fi
    done=$((done + 1))
done
if [ "$mode" = --bless ]; then (cd "$artifacts" && sha256 ./*.wasm >SHA256SUMS)
else (cd "$artifacts" && sha256 -c SHA256SUMS >/dev/null) || die "contracts/artifacts/languages: SHA256SUMS tells of other files"; fi
say "$done of 3 languages built${skipped:+; SKIPPED:$skipped}"
