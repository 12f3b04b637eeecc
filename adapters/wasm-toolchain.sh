# Sourced by scripts that build for wasm32-unknown-unknown. Two toolchains will do:
#   Debian's   rustc, cargo, rust-src and lld-22: builds the standard library itself (-Zbuild-std)
#   rustup's   with the target wasm32-unknown-unknown
# WASI_SHIM_TOOLCHAIN=debian or =rustup chooses; default: the first that is there.

toolchain=${WASI_SHIM_TOOLCHAIN-}
lld=${WASM_LD:-/usr/lib/llvm-22/bin/wasm-ld}
if [ -z "$toolchain" ]; then
    if [ -x /usr/bin/rustc ] && [ -d "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library" ] && [ -x "$lld" ]; then
        toolchain=debian
    else
        toolchain=rustup
    fi
fi
case $toolchain in
debian) version=$(/usr/bin/rustc --version | cut -d " " -f 1-2) ;;
rustup) version="$(rustc --version | cut -d " " -f 1-2), of rustup" ;;
*)
    echo "unknown toolchain: $toolchain" >&2
    exit 2 ;;
esac

# Builds the package in the current directory for release; STD are the crates of the standard
# library that it needs.
build_wasm() { # STD, then options of rustc
    std=$1
    shift
    case $toolchain in
    debian)
        RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS="$*" CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$lld" \
            /usr/bin/cargo build --quiet --release --locked -Zbuild-std="$std" --target wasm32-unknown-unknown ;;
    rustup)
        RUSTFLAGS="$*" cargo build --quiet --release --locked --target wasm32-unknown-unknown ;;
    esac
}
