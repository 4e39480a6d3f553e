#!/usr/bin/env bash
# Installs what adit needs from Debian, as root or through sudo; otherwise names it and stops.
#   tools/deps.sh build   compiler and librandomx for adit-miner
#   tools/deps.sh test    the servers and the browser that the tests speak to
# Test servers never become services of this machine: PostgreSQL and Prometheus are unpacked into a cache, the others bring no service.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }

version_at_least() { # version_at_least HAVE WANT
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

check_tool() { # check_tool NAME HAVE WANT HINT
  [ -n "$2" ] || { say "adit needs $1 $3 or newer, and there is none. $4"; exit 1; }
  version_at_least "$2" "$3" || { say "adit needs $1 $3 or newer; this is $2. $4"; exit 1; }
}

check_versions() {
  check_tool Go "$(go env GOVERSION 2>/dev/null | sed 's/^go//; s/[- ].*//')" 1.26 "See go.dev/doc/install."
  check_tool Node "$(node --version 2>/dev/null | sed 's/^v//')" 20 "See nodejs.org, or your distribution's nodejs package."
  command -v npm >/dev/null || { say "adit needs npm to build its web pages; install the npm that comes with Node."; exit 1; }
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

absent() { # prints those of the packages that are not installed
  local p
  for p in "$@"; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$p"
  done
}

install() {
  local want
  want=$(absent "$@")
  [ -n "$want" ] || return 0
  command -v apt-get >/dev/null || { say "Please install what Debian calls: $want"; exit 1; }
  if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null && [ ! -t 0 ]; then
    say "Please install these Debian packages, then run this again:"
    say "  sudo apt-get install --no-install-recommends $want"
    exit 1
  fi
  say "installing: $want"
  as_root apt-get update -qq
  # shellcheck disable=SC2086 # a list of package names
  DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends $want >/dev/null
}

cache() { # where unpacked test servers lie; other users must be able to read it when we are root
  if [ "$(id -u)" = 0 ]; then echo /var/cache/adit-test; else echo "${XDG_CACHE_HOME:-$HOME/.cache}/adit-test"; fi
}

# PostgreSQL's package would start a server at every boot, so it is unpacked, not installed.
unpack_postgres() {
  local dir major packages
  dir=$(cache)/postgresql
  [ -e "$dir/ready" ] && return 0
  command -v apt-get >/dev/null || { say "PostgreSQL is unpacked from Debian packages; without apt-get its tests are skipped"; return 0; }
  if ! apt-cache show postgresql >/dev/null 2>&1; then as_root apt-get update -qq; fi
  major=$(apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1)
  # shellcheck disable=SC2046 # a list of package names
  install tzdata $(apt-cache depends "postgresql-$major" | sed -n 's/^ *Depends: \(lib[^ ]*\|zlib1g\)$/\1/p')
  packages="postgresql-$major postgresql-client-$major"
  say "unpacking: $packages"
  rm -rf "$dir"
  mkdir -p "$dir/deb" "$dir/root"
  # shellcheck disable=SC2086
  (cd "$dir/deb" && apt-get download -qq -o APT::Sandbox::User=root $packages)
  for f in "$dir"/deb/*.deb; do dpkg-deb -x "$f" "$dir/root"; done
  rm -r "$dir/deb"
  chmod -R a+rX "$dir"
  touch "$dir/ready"
}

# So would Prometheus's; the tests ask promtool, and let a real Prometheus scrape adit.
unpack_prometheus() {
  local dir
  dir=$(cache)/prometheus
  [ -e "$dir/ready" ] && return 0
  command -v apt-get >/dev/null || { say "Prometheus is unpacked from a Debian package; without apt-get its tests are skipped"; return 0; }
  if ! apt-cache show prometheus >/dev/null 2>&1; then as_root apt-get update -qq; fi
  say "unpacking: prometheus"
  rm -rf "$dir"
  mkdir -p "$dir/deb" "$dir/root"
  (cd "$dir/deb" && apt-get download -qq -o APT::Sandbox::User=root prometheus)
  for f in "$dir"/deb/*.deb; do dpkg-deb -x "$f" "$dir/root"; done
  rm -r "$dir/deb"
  chmod -R a+rX "$dir"
  touch "$dir/ready"
}

# btcd is a Bitcoin node written in Go: its module is built, for Debian has none. A test finds it in the cache.
build_btcd() {
  local dir
  dir=$(cache)/btcd
  [ -x "$dir/btcd" ] && return 0
  say "building: btcd 0.24.2"
  mkdir -p "$dir"
  if ! GOBIN="$dir" GOFLAGS=-mod=mod go install -trimpath github.com/btcsuite/btcd@v0.24.2; then
    say "btcd could not be built; the tests that need a Bitcoin node are skipped"
    return 0
  fi
  chmod -R a+rX "$dir"
}

prometheus_bin() { # prints the folder of promtool and prometheus, nothing where there is none
  find "$(cache)/prometheus/root/usr" -maxdepth 1 -name bin 2>/dev/null
}

postgres_bin() { # prints the folder of PostgreSQL's programs, nothing where there is none
  find "$(cache)/postgresql/root/usr/lib/postgresql" -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1
}

case "${1:-}" in
  versions) check_versions ;;
  build) check_versions; install gcc libc6-dev librandomx-dev ;;
  test) check_versions; install gcc libc6-dev librandomx-dev chromium monero tmux dbus-daemon xvfb iproute2 systemd xz-utils protobuf-compiler buildah mmdebstrap; unpack_postgres; unpack_prometheus; build_btcd ;;
  postgres-bin) postgres_bin ;;
  prometheus-bin) prometheus_bin ;;
  *) say "usage: tools/deps.sh versions|build|test|postgres-bin|prometheus-bin"; exit 2 ;;
esac
