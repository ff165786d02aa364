#!/usr/bin/env bash
# Brings other people's mail servers for test/interop/real-relays-*: Debian's packages of Postfix, Exim and OpenSMTPD
# exclude each other, so each is unpacked, with the libraries that this system lacks, into a tree of its own under
# $XDG_CACHE_HOME/outtray/relays (test/support/real-relays/world.ts lays it over / in a mount namespace). Nothing is
# installed. Says nothing where all is there; where it cannot, says so in a line, which is not a failure.
set -euo pipefail

trees=(
  'postfix postfix dovecot-core'
  'exim exim4-daemon-light exim4-base'
  'opensmtpd opensmtpd'
  'sendmail sasl2-bin'
)
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/outtray/relays
log=
work=
trap 'rm -rf "$log" "$work"' EXIT

# Who is not root can start none of them; the tests say so.
[ "$(id -u)" -eq 0 ] && command -v apt-get dpkg-deb >/dev/null || exit 0

# Libraries come from the same release as the C library.
release=$(dpkg-query -W -f '${Version}' libc6)
is_there() { [ "$(cat "$cache/$1/.complete" 2>/dev/null)" = "$release" ]; }

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Names of the libraries that a package needs, the first of each choice.
libraries_of() {
  { dpkg-deb -f "$1" Pre-Depends; dpkg-deb -f "$1" Depends; } | tr ',' '\n' | sed -nE 's/^ *(lib[^ :(|]+).*/\1/p'
}

# Downloads these and the libraries they need, however far down, into the working directory.
download() {
  local name file
  for name in "$@"; do
    [ ! -e "$name.wanted" ] || continue
    touch "$name.wanted"
    apt-get -q -o APT::Sandbox::User=root -o Acquire::Retries=1 -o Acquire::http::Timeout=15 download "$name" >>"$log" 2>&1
    for file in "$name"_*.deb; do
      for library in $(libraries_of "$file"); do is_installed "$library" || download "$library"; done
    done
  done
}

unpack() {
  local file part
  mkdir tree
  for file in *.deb; do dpkg-deb -x "$file" tree; done
  # A directory of this name would hide the link that / has there.
  for part in bin sbin lib; do
    [ -L "/$part" ] && [ -d "tree/$part" ] || continue
    mkdir -p "tree/usr/$part" && cp -a "tree/$part/." "tree/usr/$part/" && rm -rf "tree/$part"
  done
  # What is configured here comes from the test alone.
  rm -rf tree/etc tree/var
}

fetch() {
  local name=$1
  shift
  work=$(mktemp -d "$cache/.work.XXXXXX")
  (cd "$work" && set -e && download "$@" && unpack) || return 1
  printf '%s\n' "$release" >"$work/tree/.complete"
  chmod 755 "$work/tree"
  rm -rf "${cache:?}/$name" && mv "$work/tree" "$cache/$name"
  rm -rf "$work"
}

missing=()
for tree in "${trees[@]}"; do is_there "${tree%% *}" || missing+=("$tree"); done
[ ${#missing[@]} -eq 0 ] && exit 0

mkdir -p "$cache"
log=$(mktemp)
echo "setup: fetching mail servers: ${missing[*]%% *}"
for tree in "${missing[@]}"; do
  # shellcheck disable=SC2086
  if fetch $tree; then continue; fi
  rm -rf "$work"
  # Lists of packages that are too old name files that are no longer there.
  apt-get -q update >>"$log" 2>&1 || true
  fetch $tree || echo "setup: ${tree%% *} could not be fetched, tests against it are skipped: $(tail -n 1 "$log")"
  rm -rf "$work"
done
