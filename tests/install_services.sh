#!/bin/sh
# The real services of the tests that Debian has, when they are missing and can be installed.
# Never fails: tests of a service that could not be had say so (see tests/services_report.py).
set -u

missing=''
add() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"; }
add chromium-headless-shell chromium-headless-shell
add redis-server redis-server
add rabbitmq-server rabbitmq-server

# Programs in Go are built by its own tool chain, once: OPA in about a minute, cosign in two or three.
bin=${XDG_CACHE_HOME:-$HOME/.cache}/maestro/bin
built() {
    if command -v "$1" >/dev/null 2>&1 || [ -x "$bin/$1" ]; then return; fi
    go=$(command -v go || echo /usr/local/go/bin/go)
    if [ -x "$go" ]; then
        echo "Building for the tests: $1"
        GOBIN="$bin" "$go" install "$2" >/dev/null 2>&1 || echo "$1 could not be built."
    else
        echo "Not built, and only Go 1.24 or newer can do it: $1"
    fi
}
built opa github.com/open-policy-agent/opa@v1.22.0
built cosign github.com/sigstore/cosign/v2/cmd/cosign@v2.6.5

[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Not installed, and only root on Debian can be helped:$missing"
    exit 0
fi

echo "Installing for the tests:$missing"
log=$(mktemp)
# RUNLEVEL=1 keeps the packages from starting daemons of their own.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get update -qq >"$log" 2>&1 || true
installed() { apt-get install -y -qq --no-install-recommends "$1" >"$log" 2>&1; }
for package in $missing; do
    installed "$package" && continue
    echo "$package could not be installed: $(grep -m 1 '^E:' "$log" || tail -n 1 "$log")"
    # An older Debian has only the whole browser.
    if [ "$package" = chromium-headless-shell ]; then installed chromium || true; fi
done
rm -f "$log"
