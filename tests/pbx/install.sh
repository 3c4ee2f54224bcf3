#!/usr/bin/env bash
# Installs Asterisk in a chroot and sipp beside it, once; prints the chroot's directory.
# The chroot lies in $ACD_PBX_CACHE, else in ~/.cache/acd, and is kept between runs.
# Asterisk is in Debian's sid and in no stable release, hence the chroot: about 3 minutes, 650 MB.
set -euo pipefail

cache=${ACD_PBX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/acd}
root=$cache/asterisk
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "skipped: needs root on Debian" >&2
  exit 77
fi
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

export DEBIAN_FRONTEND=noninteractive
missing=()
command -v debootstrap >/dev/null || missing+=(debootstrap)
command -v sipp >/dev/null || missing+=(sip-tester)
command -v ip >/dev/null || missing+=(iproute2)
if ((${#missing[@]})); then
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >&2
fi

if [ ! -e "$root/.complete" ]; then
  for mounted in "$root/proc" "$root/lab"; do
    mountpoint -q "$mounted" && umount "$mounted"
  done
  rm -rf "$root"
  trap 'mountpoint -q "$root/proc" && umount "$root/proc"' EXIT
  # A mirror may serve a Release file past its date; the signature is still checked.
  old=(-o Acquire::Check-Valid-Until=false)
  debootstrap --variant=minbase --include=ca-certificates sid "$root" >&2
  cp /etc/apt/apt.conf.d/*proxy* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  mount -t proc proc "$root/proc"
  chroot "$root" apt-get "${old[@]}" -qq update >&2
  chroot "$root" apt-get "${old[@]}" -qq install -y --no-install-recommends asterisk >&2
  chroot "$root" apt-get clean >&2
  touch "$root/.complete"
fi
# In memory: Asterisk dials nobody while its database waits for a busy disk.
mkdir -p "$root/lab"
mountpoint -q "$root/lab" || mount -t tmpfs tmpfs "$root/lab" || echo "on the disk it is" >&2
echo "$root"
