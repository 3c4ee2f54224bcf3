#!/bin/sh
# Builds the Debian package: the program, its manual pages and completions, the unit.
# Needs cargo-deb (cargo install cargo-deb). Prints the package's path.
set -eu
cd "$(dirname "$0")/.."
cargo build --release --bin acd >&2
made=target/packaging
rm -rf "$made"
mkdir -p "$made"
./target/release/acd man "$made/man" >&2
gzip -9n "$made"/man/*.1
for shell in bash zsh fish; do ./target/release/acd completions "$shell" > "$made/acd.$shell"; done
cargo deb --no-build --quiet
ls -t target/debian/acd_*.deb | head -1
