#!/usr/bin/env bash
# Makes a Debian of this machine's release with nothing in it but what every system has, and a
# reader of manual pages, once; prints its directory. It lies in $ACD_PBX_CACHE, else in
# ~/.cache/acd, and is kept between runs: about a minute, 220 MB.
set -euo pipefail

cache=${ACD_PBX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/acd}
. /etc/os-release 2>/dev/null || true
if [ "$(id -u)" != 0 ] || [ "${ID:-}" != debian ] || [ -z "${VERSION_CODENAME:-}" ]; then
  echo "skipped: needs root on Debian" >&2
  exit 77
fi
root=$cache/debian-$VERSION_CODENAME
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

if [ ! -e "$root/.complete" ]; then
  export DEBIAN_FRONTEND=noninteractive
  command -v debootstrap >/dev/null ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends debootstrap; } >&2
  rm -rf "$root"
  debootstrap --variant=minbase --include=adduser,man-db "$VERSION_CODENAME" "$root" >&2
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
  touch "$root/.complete"
fi
echo "$root"
