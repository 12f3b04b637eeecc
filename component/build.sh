#!/bin/sh
# Builds the tool as a component: component/dist/wasi-shim.wasm. It imports nothing.
# adapters/wasm-toolchain.sh says which toolchains will do. The tool itself makes a component of its
# module: WASI_SHIM, or one that an ordinary Rust toolchain builds.
set -eu
cd "$(dirname "$0")"
here=$PWD
. ../adapters/wasm-toolchain.sh
export CARGO_TARGET_DIR="$here/target"

# Components are read recursively. No paths of this machine in the output.
build_wasm std,panic_abort "-C link-arg=-zstack-size=4194304 --remap-path-prefix=${here%/*}=wasi-shim" \
    "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo --remap-path-prefix=$HOME=home"

mkdir -p dist
shim() {
    if [ -n "${WASI_SHIM-}" ]; then
        "$WASI_SHIM" "$@"
    else
        CARGO_TARGET_DIR=../target cargo run --quiet --locked --manifest-path ../Cargo.toml --no-default-features -- "$@"
    fi
}
shim wrap --quiet target/wasm32-unknown-unknown/release/wasi_shim_component.wasm -o dist/wasi-shim.wasm
