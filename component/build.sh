#!/bin/sh
# Builds the tool as a component: component/dist/wasi-shim.wasm. It imports nothing.
# adapters/wasm-toolchain.sh says which toolchains will do; beside it an ordinary Rust toolchain.
set -eu
cd "$(dirname "$0")"
here=$PWD
. ../adapters/wasm-toolchain.sh
export CARGO_TARGET_DIR="$here/target"

# Components are read recursively. No paths of this machine in the output.
build_wasm std,panic_abort "-C link-arg=-zstack-size=4194304 --remap-path-prefix=${here%/*}=wasi-shim" \
    "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo --remap-path-prefix=$HOME=home"

mkdir -p dist
cargo run --quiet --locked --manifest-path ../fixtures/rust/Cargo.toml -p componentize -- \
    plain target/wasm32-unknown-unknown/release/wasi_shim_component.wasm dist/wasi-shim.wasm
