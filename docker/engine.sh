#!/usr/bin/env bash
# A Docker engine for this machine: uses the one that answers, or installs Debian's and starts it. Says on
# its last line why there is none, and ends with 1.
set -euo pipefail

answers() { docker info >/dev/null 2>&1; }
refuse() { echo "no container engine: $*" >&2; exit 1; }

answers && exit 0
[ "$(id -u)" = 0 ] || refuse "none answers, and only root may start one"
if ! command -v dockerd >/dev/null || ! command -v iptables >/dev/null; then
    command -v apt-get >/dev/null || refuse "install Docker with your system's package manager"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y docker.io iptables; } >/dev/null 2>&1 ||
        refuse "the packages docker.io and iptables could not be installed"
fi
log=${XDG_CACHE_HOME:-$HOME/.cache}/argosy/dockerd.log
mkdir -p "$(dirname "$log")"
# It outlives this script, as a service does.
setsid nohup dockerd >"$log" 2>&1 </dev/null &
for _ in $(seq 100); do
    if answers; then exit 0; fi
    sleep 0.3
done
refuse "dockerd did not start: $(grep -o 'failed to start.*' "$log" | tail -1)"
