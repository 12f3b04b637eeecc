#!/bin/sh
# Rebuilds the prebuilt adapters in crates/wasi-shim/adapters. Nobody needs this to use wasi-shim.
#
#   adapters/build.sh           rebuild crates/wasi-shim/adapters/*.wasm
#   adapters/build.sh --check   rebuild elsewhere, fail if the committed bytes differ
#
# wasm-toolchain.sh says which toolchains will do.
# The committed bytes come from Debian's, in the version that adapters/toolchain names, so --check
# is meaningful only with that toolchain; rustup's gives a module that does the same.
set -eu
cd "$(dirname "$0")"
here=$PWD
prebuilt=$here/../crates/wasi-shim/adapters

check=false
[ "${1-}" = --check ] && check=true

. ./wasm-toolchain.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Names of interfaces stand in the sources with their generation (`wasi:io/poll@0.2`). An adapter
# exports a generation as the version of the WIT, and imports the other one as its first version,
# which all hosts of that generation have; `wrap` writes a later one in its place where it is told.
wit=$here/../crates/wasi-shim/wit
latest() { sed -n '1s/^package [^@]*@\([0-9.]*\);.*/\1/p' "$wit/$1"; }
sources=$scratch/adapters
mkdir "$sources"
cp -R "$here/Cargo.toml" "$here/Cargo.lock" "$here/common" "$here/p2-on-p3" "$here/p3-on-p2" "$sources"
named() {
    find "$sources/$1" -name '*.rs' -exec sed -i.original \
        -e "s/@0\.2\([#\"]\)/@$2\1/g" -e "s/@0\.3\([#\"]\)/@$3\1/g" {} +
}
named p2-on-p3 "$(latest 0.2/io.wit)" 0.3.0
named p3-on-p2 0.2.0 "$(latest 0.3/cli.wit)"

# A small stack: the adapters never recurse. Each static a segment of its own, which the pruner can
# leave out. No paths of this machine in the output.
flags="-C link-arg=-zstack-size=16384 -C link-arg=--no-merge-data-segments"
remap="--remap-path-prefix=$sources=adapters --remap-path-prefix=$HOME=home --remap-path-prefix=$scratch=target"

cd "$sources"
export CARGO_TARGET_DIR="$scratch"
build_wasm core,panic_abort "$flags $remap"
unset CARGO_TARGET_DIR
cd "$here"

if ! $check; then
    echo "$version" >toolchain
elif [ "$version" != "$(cat toolchain)" ]; then
    echo "the toolchain has moved: the committed adapters come from $(cat toolchain), this is $version." >&2
    echo "If only that makes the difference, run adapters/build.sh and commit the result." >&2
fi

status=0
for adapter in p2-on-p3 p3-on-p2; do
    built=$scratch/wasm32-unknown-unknown/release/$(echo "$adapter" | tr - _).wasm
    if ! $check; then
        cp "$built" "$prebuilt/$adapter.wasm"
        chmod 644 "$prebuilt/$adapter.wasm"
        echo "$adapter.wasm: $(wc -c <"$prebuilt/$adapter.wasm") bytes ($toolchain)"
    elif cmp -s "$built" "$prebuilt/$adapter.wasm"; then
        echo "$adapter.wasm: as committed"
    else
        echo "$adapter.wasm: differs from the committed file; run adapters/build.sh" >&2
        status=1
    fi
done
# The templates follow from the imports and exports of the adapters; a test compares.
if ! $check && [ -z "${NO_TEMPLATES-}" ]; then (cd .. && BLESS=1 cargo test --quiet --locked --features wasmtime36 --lib adapter::template); fi
exit $status
