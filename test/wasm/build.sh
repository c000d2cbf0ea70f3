#!/bin/sh
# Builds the committed .wasm files from their sources: clang, lld and rustc (target wasm32-unknown-unknown) for the kernels, npm's wabt and binaryen for the text formats
# (PATH must find wat2wasm and wasm-as). Only needed after a source has changed.
set -eu
cd "$(dirname "$0")"
clang --target=wasm32 -O2 -mbulk-memory -nostdlib -Wl,--no-entry -Wl,--strip-all -Wall -Wno-unused \
  -o kernels/kernels.wasm kernels/kernels.c
rustc --target wasm32-unknown-unknown -C opt-level=s -C lto -C panic=abort -C strip=symbols --crate-type cdylib \
  -o kernels/program.wasm kernels/program.rs
for name in control bulk simd legacy hostile hostile_start; do
  wat2wasm --enable-exceptions --enable-extended-const --enable-tail-call "modules/$name.wat" -o "modules/$name.wasm"
done
for name in gc tail exceptions; do wasm-as -all "modules/$name.wat" -o "modules/$name.wasm"; done
