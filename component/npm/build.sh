#!/bin/sh
# Builds the npm package component/dist/npm and the page component/dist/page/index.html from
# component/dist/wasi-shim.wasm, which component/build.sh makes. It needs Node, and jco: along PATH,
# or named by JCO.
set -eu
cd "$(dirname "$0")"
dist=$PWD/../dist
jco=${JCO:-jco}

rm -rf "$dist/npm" "$dist/page"
mkdir -p "$dist/npm" "$dist/page"
cp package.json README.md index.js index.d.ts calls.js module.js ../../LICENSE "$dist/npm"
"$jco" transpile "$dist/wasi-shim.wasm" --quiet --instantiation sync --name tool -o "$dist/npm/tool"
node types.mjs ../wit/tool.wit "$dist/npm/tool/interfaces/"*.d.ts "$dist/npm/tool/types.d.ts"
rm -r "$dist/npm/tool/interfaces" "$dist/npm/tool/tool.d.ts"
node ../page/build.mjs "$dist/npm" "$dist/page/index.html"
