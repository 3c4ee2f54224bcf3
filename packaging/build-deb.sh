#!/bin/sh
# Builds the Debian package: the program, its manual pages and completions, the unit.
# Needs cargo-deb (cargo install cargo-deb). Prints the package's path.
# Usage: build-deb.sh [PROFILE]; with a profile, of a program that is built already, packed quickly.
set -eu
cd "$(dirname "$0")/.."
profile=${1:-release}
if [ $# -eq 0 ]; then
  quickly=
  cargo build --release --bin acd >&2
else
  quickly=--fast
fi
folder=$profile
[ "$profile" != dev ] || folder=debug
built=${CARGO_TARGET_DIR:-target}/$folder/acd
made=target/packaging
rm -rf "$made"
mkdir -p "$made"
"$built" man "$made/man" >&2
gzip -9n "$made"/man/*.1
for shell in bash zsh fish; do "$built" completions "$shell" > "$made/acd.$shell"; done
cargo deb --no-build --quiet $quickly --profile "$profile" --output "$made/" >&2
ls "$made"/acd_*.deb
