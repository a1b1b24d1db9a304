#!/usr/bin/env bash
# A network of containers on this machine, by testnet/compose.yml; `./x testnet` calls it.
#   up [--monitoring] | down [--wipe] | status | logs [NODE] | load SECONDS | chaos KILLS PARTITIONS [SEED]
# Needs a container engine, the image argosyd, and for load and chaos the program argosy in $ARGOSY.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

project=argosy-testnet
nodes=(node0 node1 node2 node3 node4)
ports=(9533 9543 9553 9563 9573)
export TESTNET=${TESTNET:-${XDG_CACHE_HOME:-$HOME/.cache}/argosy/testnet}
export TESTNET_USER
TESTNET_USER=$(id -u):$(id -g)
within=60 # seconds; longer than anything takes

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

compose() {
    local program=(docker-compose)
    if docker compose version >/dev/null 2>&1; then program=(docker compose); fi
    "${program[@]}" --project-name "$project" --file testnet/compose.yml "$@"
}
container() { docker ps --all --quiet --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1"; }

rpc() { # NODE METHOD PARAMS: the result, or nothing
    curl --silent --max-time 5 "http://127.0.0.1:${ports[$1]}" --header 'content-type: application/json' \
        --data "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$2\",\"params\":$3}" || true
}
height() { rpc "$1" chain_getFinalizedHead '{}' | sed -n 's/.*"height":\([0-9]*\).*/\1/p'; }
# NODE HEIGHT: hash, state root and all of a block's header.
header() { rpc "$1" chain_getHeader "{\"at\":$2}"; }

# NODE WHAT: a node that does not do what it should; the end of its log tells why.
lost() {
    docker logs --tail 6 "$(container "${nodes[$1]}")" 2>&1 | sed "s/^/${nodes[$1]}: /" >&2 || true
    die "${nodes[$1]} $2 (\`./x testnet logs ${nodes[$1]}\` tells more)"
}

# reaches HEIGHT NODE…: until all of them have it.
reaches() {
    local wanted=$1 node begin=$SECONDS
    for node in "${@:2}"; do
        until [ "$(height "$node")" -ge "$wanted" ] 2>/dev/null; do
            [ $((SECONDS - begin)) -lt $within ] || lost "$node" "is at '$(height "$node")' and not at $wanted"
            sleep 0.2
        done
    done
}
# All nodes have the same header at a height, with its state root and the hash of what is before it.
agree() {
    local expected found node
    expected=$(header 0 "$1")
    [ -n "$expected" ] && [ "${expected#*\"error\"}" = "$expected" ] || die "node0 has no block $1: $expected"
    for node in 1 2 3 4; do
        found=$(header "$node" "$1")
        [ "$found" = "$expected" ] || die "block $1 differs: node0 has $expected, node$node has $found"
    done
}

# NODE: how often the engine has started it again.
restarts() { docker inspect --format '{{.RestartCount}}' "$(container "${nodes[$1]}")" 2>/dev/null || echo 0; }

# No node stops at its start; what a node of another release left is not read. One that answers has started, however
# often it was restarted before.
stays() {
    local begin=$SECONDS node running=0
    while [ $running -lt 5 ] && [ $((SECONDS - begin)) -lt $within ]; do
        running=0
        for node in 0 1 2 3 4; do
            if [ -n "$(height "$node")" ]; then
                running=$((running + 1))
            elif [ "$(restarts "$node")" -gt 3 ]; then
                say "The network's keys and blocks are in $TESTNET. If they are those of another release,"
                say "    ./x testnet down --wipe"
                say "removes them, and \`up\` begins a new network."
                lost "$node" "does not start"
            fi
        done
        sleep 0.2
    done
}

up() {
    if [ ! -e "$TESTNET/chain.toml" ]; then
        mkdir -p "$TESTNET"
        docker run --rm --user "$TESTNET_USER" --volume "$TESTNET:/out" --workdir /out --read-only --cap-drop ALL \
            argosyd testnet --validators 4 --full-nodes 1 --out /out/net >/dev/null
        mv "$TESTNET"/net/* "$TESTNET" && rmdir "$TESTNET/net"
        mkdir -p "$TESTNET/node4/data"
    fi
    # A network of an earlier release has none.
    [ -e "$TESTNET/tls" ] ||
        docker run --rm --user "$TESTNET_USER" --volume "$TESTNET:/out" --workdir /out --read-only --cap-drop ALL \
            argosyd signer certificates --dir /out/tls --name signer0 >/dev/null
    local profile=()
    if [ "${1:-}" = --monitoring ]; then
        # The rules as Prometheus reads them: what is under `spec:` of the resource.
        sed -n '/^spec:/,$s/^  //p' docker/kubernetes/overlays/observability/rules.yaml >"$TESTNET/rules.yaml"
        profile=(--profile monitoring)
        say "Prometheus on http://127.0.0.1:9090, Grafana on http://127.0.0.1:3000"
    fi
    compose "${profile[@]}" up --detach
    stays
    reaches 2 0 1 2 3 4
    status
}

status() {
    local node
    for node in 0 1 2 3 4; do
        printf '%s  http://127.0.0.1:%s  height %s  %s\n' "${nodes[$node]}" "${ports[$node]}" "$(height "$node")" \
            "$(docker inspect --format '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}}' "$(container "${nodes[$node]}")" 2>/dev/null || echo 'is not there')"
    done
}

down() {
    case ${1:-} in
        '' | --wipe) ;;
        *) die "down [--wipe]; not '$1'" ;;
    esac
    compose --profile monitoring down --remove-orphans
    if [ "${1:-}" != --wipe ]; then
        say "keys, chain and blocks stay in $TESTNET; \`./x testnet down --wipe\` removes them, too"
        return
    fi
    # What `up` and `load` put there, and nothing else: $TESTNET may name a folder of the user's.
    rm -rf "$TESTNET"/net "$TESTNET"/node[0-4] "$TESTNET"/tls
    rm -f "$TESTNET"/{chain.toml,README.txt,start.sh,rules.yaml,sent}
    say "the network is gone, with its keys and blocks"
    [ ! -e "$TESTNET" ] || rmdir "$TESTNET" 2>/dev/null || say "what else is in $TESTNET stays"
}

# Transfers, one after the other, by the node that follows; their ids in a file.
load() {
    local end=$((SECONDS + $1)) file=$TESTNET/sent count=0 id
    : >"$file"
    while [ $SECONDS -lt "$end" ]; do
        if id=$("$ARGOSY" --quiet --output json --rpc-url http://127.0.0.1:9573 --timeout 60 \
            tx transfer --from alice --to bob --amount 1 2>/dev/null | sed -n 's/.*"txId": *"\(0x[0-9a-f]*\)".*/\1/p' | head -1) && [ -n "$id" ]; then
            echo "$id" >>"$file"
            count=$((count + 1))
        fi
    done
    say "$count transfers are in blocks"
    [ $count -gt 0 ] || die "no transfer came into a block"
}

# Every transfer that a client saw in a block is there, on every node, with one and the same receipt.
kept() {
    local id node expected found count=0
    while read -r id; do
        expected=$(rpc 0 tx_getReceipt "{\"txId\":\"$id\"}")
        [ "${expected#*\"error\"}" = "$expected" ] || die "node0 has no receipt of $id: $expected"
        for node in 1 2 3 4; do
            found=$(rpc "$node" tx_getReceipt "{\"txId\":\"$id\"}")
            [ "$found" = "$expected" ] || die "the receipt of $id differs: node0 has $expected, node$node has $found"
        done
        count=$((count + 1))
    done <"$TESTNET/sent"
    [ $count -gt 0 ] || die "no transfer came into a block"
    say "$count receipts are the same on all nodes"
}

# Kills and partitions by the engine, under load: one node at a time, which comes back; then everything is compared.
chaos() {
    local kills=$1 partitions=$2 number victim what name others head network=${project}_testnet
    RANDOM=${3:-1}
    load $(((kills + partitions) * 8)) &
    local loading=$!
    trap 'kill $loading 2>/dev/null || true' EXIT
    for number in $(seq $((kills + partitions))); do
        # Of a validator whose signer is away nothing is heard either; the sixth is the signer of node0.
        victim=$((RANDOM % 6))
        what=${nodes[$victim]:-signer0}
        victim=$((victim % 5))
        name=$(container "$what")
        others=()
        for node in 0 1 2 3 4; do [ "$node" = "$victim" ] || others+=("$node"); done
        head=$(height "${others[0]}")
        if [ "$number" -le "$kills" ]; then
            docker kill "$name" >/dev/null
            reaches $((head + 3)) "${others[@]}"
            docker start "$name" >/dev/null
        else
            docker network disconnect "$network" "$name"
            # Its ports are not published without a network: the others say how far they are.
            reaches $((head + 3)) "${others[@]}"
            docker network connect --alias "$what" "$network" "$name"
        fi
        reaches $(($(height "${others[0]}") + 1)) 0 1 2 3 4
        agree "$((head + 2))"
        say "$number of $((kills + partitions)): $what $([ "$number" -le "$kills" ] && echo killed || echo cut off) at height $head, back with the others at $(height "$victim")"
    done
    wait $loading
    trap - EXIT
    head=$(height 0)
    reaches "$head" 1 2 3 4
    for number in $(seq 1 "$head"); do agree "$number"; done
    say "all nodes have the same $head blocks"
    kept
}

verb=${1:-}
[ $# = 0 ] || shift
case $verb in
    up | down | status) "$verb" "$@" ;;
    logs) compose logs --tail 100 "$@" ;;
    load) load "${1:-30}" ;;
    chaos) chaos "${1:-20}" "${2:-10}" "${3:-1}" ;;
    *) die "up [--monitoring], down [--wipe], status, logs [NODE], load SECONDS, or chaos KILLS PARTITIONS [SEED]; not '$verb'" ;;
esac
