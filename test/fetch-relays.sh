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
scratch=
failed=()
trap '[ -z "$scratch" ] || rm -rf "$scratch"' EXIT

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

get() { apt-get -q -o APT::Sandbox::User=root -o Acquire::Retries=0 -o Acquire::http::Timeout=15 "$@"; }

# Downloads these and the libraries they need, however far down, into the working directory.
download() {
  local name file
  for name in "$@"; do
    [ ! -e "$name.wanted" ] || continue
    touch "$name.wanted"
    get download "$name" >>"$log" 2>&1
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

# Into a directory beside, and in its place only when whole.
fetch() {
  local name=$1
  shift
  cd "$(mktemp -d "$scratch/XXXXXX")"
  download "$@"
  unpack
  printf '%s\n' "$release" >tree/.complete
  rm -rf "${cache:?}/$name"
  mv tree "$cache/$name"
}

# Not as a condition, in which bash would go on after what fails.
try() {
  set +e
  # shellcheck disable=SC2086
  (set -e; fetch $1)
  status=$?
  set -e
}

missing=()
for tree in "${trees[@]}"; do is_there "${tree%% *}" || missing+=("$tree"); done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "setup: fetching mail servers: ${missing[*]%% *}"
umask 022
mkdir -p "$cache"
scratch=$(mktemp -d "$cache/.scratch.XXXXXX")
log=$scratch/log
updated=no
for tree in "${missing[@]}"; do
  try "$tree"
  if [ "$status" -ne 0 ] && [ "$updated" = no ]; then
    # Lists of packages that are too old name files that are no longer there.
    updated=yes
    get update >>"$log" 2>&1 || true
    try "$tree"
  fi
  [ "$status" -eq 0 ] || failed+=("${tree%% *}")
done
[ ${#failed[@]} -eq 0 ] || echo "setup: not fetched: ${failed[*]}; tests against them are skipped: $(grep '^E:' "$log" | tail -n 1)"
