#!/usr/bin/env bash
# Brings what the tests need on Debian and Ubuntu: other people's mail programs, a keyring, a
# browser. Says nothing and does nothing where all is there. Where it may not install, it prints
# the command to run and what is skipped without it; that is not a failure.
set -euo pipefail

needed=(
  gnome-keyring libsecret-1-0 libglib2.0-bin dbus chromium sendmail-bin sendmail-cf libsasl2-modules git-email
  libmailtools-perl bsd-mailx s-nail mutt php-cli emacs-nox cron swaks curl python3 libmime-lite-perl
  iproute2 openssl gnupg zsh fish groff-base mandoc strace fonts-dejavu-core procps time
)

command -v dpkg-query >/dev/null || { echo 'setup: not a Debian system; suites whose programs are missing are skipped'; exit 0; }
bash "$(dirname "$0")/fetch-relays.sh"

missing=()
for package in "${needed[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=absent
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

without() {
  echo "setup: not installed: ${missing[*]}"
  echo "setup: run  sudo apt-get install --no-install-recommends ${missing[*]}"
  echo 'setup: until then these are skipped: keyring (gnome-keyring, libsecret-1-0, dbus), Outbox windows (chromium),'
  echo '       real sendmail and programs that call it by its path (sendmail-bin), git send-email (git-email, libmailtools-perl),'
  echo '       mail programs (bsd-mailx, s-nail, mutt, emacs-nox), senders (cron, php-cli, swaks, curl, libmime-lite-perl),'
  echo '       signed mail (gnupg), shell completion (zsh, fish), the manual (groff-base, mandoc), network changes (iproute2)'
  exit 0
}

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || without
  as_root=(sudo -n)
fi

# Installing a mail server must not start it: invoke-rc.d asks this script, and 101 is "no".
policy=/usr/sbin/policy-rc.d
made_policy=no
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null && "${as_root[@]}" chmod 755 "$policy"
  made_policy=yes
fi
log=$(mktemp)
cleanup() {
  rm -f "$log"
  [ "$made_policy" = no ] || "${as_root[@]}" rm -f "$policy"
}
trap cleanup EXIT

apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true \
    apt-get -q -y -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 "$@" </dev/null >>"$log" 2>&1
}

echo "setup: installing ${missing[*]}"
install=(install --no-install-recommends -o Dpkg::Options::=--force-confold "${missing[@]}")
apt "${install[@]}" || { apt update && apt "${install[@]}"; } || { tail -n 5 "$log" >&2; without; }
