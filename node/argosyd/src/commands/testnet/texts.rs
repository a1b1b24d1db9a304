//! What the files of a network say.
//!
//! Not here: the chain spec (`genesis`), and the settings themselves (`config`).

use std::fmt::Write;
use std::path::Path;

use super::plan::{Node, Plan, Ports};

/// Starts the network.
pub(super) const START: &str = "start.sh";

/// The configuration of a node.
pub(super) fn config(plan: &Plan, node: &Node, folder: &Path) -> String {
    let place = folder.join(&node.name);
    let keys = place.join("keys");
    let others = |address: fn(Ports) -> std::net::SocketAddr| {
        let others = plan.nodes.iter().filter(|it| it.name != node.name);
        let others = others.map(|it| format!("\"{}\"", address(it.ports)));
        others.collect::<Vec<_>>().join(", ")
    };
    let role = match node.power {
        Some(_) => "a validator",
        None => "a full node",
    };
    let (mut validator, mut signer) = (String::new(), String::new());
    if node.power.is_some() {
        validator = format!("validator = {}\n", toml(&keys.join("validator.pem")));
        signer = format!(
            "\n[signer]\npassphrase_file = {}\n",
            toml(&keys.join("passphrase"))
        );
    }
    format!(
        "\
# {name}, {role} of {chain_name}. What else can be set: argosyd config docs
chain = {chain}
data_dir = {data_dir}
{validator}{signer}
[p2p]
listen = \"{p2p}\"
peers = [{p2p_peers}]
node_key = {node_key}

[gossip]
listen = \"{gossip}\"
peers = [{gossip_peers}]

[rpc]
listen = \"{rpc}\"

[ops]
listen = \"{ops}\"
",
        name = node.name,
        chain_name = plan.chain_name,
        chain = toml(&folder.join("chain.toml")),
        data_dir = toml(&place.join("data")),
        p2p = node.ports.p2p(),
        p2p_peers = others(Ports::p2p),
        node_key = toml(&keys.join("node.pem")),
        gossip = node.ports.gossip(),
        gossip_peers = others(Ports::gossip),
        rpc = node.ports.rpc(),
        ops = node.ports.ops(),
    )
}

/// For people who find the folder.
pub(super) fn readme(plan: &Plan) -> String {
    let validators = plan.nodes.iter().filter(|it| it.power.is_some()).count();
    let mut text = format!(
        "\
{chain_name}: an Argosy network on this machine, written by argosyd testnet.
Nodes: {nodes}, validators among them: {validators}.

./start.sh starts all nodes and stops them on Ctrl-C; each logs into its folder, nodeI/log.
One alone: argosyd run --config nodeI/config.toml

The accounts (alice, bob, …) are those of development chains and their keys are public; the passphrases
of the validators' keys lie beside them. Nothing on this network is worth anything.
To begin anew, stop all nodes and write another network: a validator that lost the record of what it
signed must not sign again. Paths are whole: a folder that was moved has to be written anew.

",
        chain_name = plan.chain_name,
        nodes = plan.nodes.len(),
    );
    for node in &plan.nodes {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{}  rpc http://{}  ops http://{}",
            node.name,
            node.ports.rpc(),
            node.ports.ops()
        );
    }
    text
}

/// The script. Nodes are in process groups of their own (`set -m`): a Ctrl-C on the terminal reaches the
/// script alone, and each node gets one signal, since a second one would end it at once.
pub(super) fn start(plan: &Plan) -> String {
    let program = std::env::current_exe().unwrap_or_else(|_| "argosyd".into());
    format!(
        r#"#!/usr/bin/env bash
# Starts the nodes of {chain_name}; Ctrl-C or SIGTERM stops them. Each logs into its folder, nodeI/log.
# ARGOSYD names another program than the one that wrote this.
set -m
cd "$(dirname "$0")" || exit 1
argosyd=${{ARGOSYD:-{program}}}
command -v "$argosyd" >/dev/null || argosyd=argosyd

nodes=()
pids=()
stop() {{
    trap '' INT TERM HUP
    kill -TERM "${{pids[@]}}" 2>/dev/null
}}
trap stop INT TERM HUP
for folder in node*/; do
    "$argosyd" run --config "${{folder}}config.toml" >>"${{folder}}log" 2>&1 </dev/null &
    nodes+=("${{folder%/}}")
    pids+=($!)
done
echo "${{#pids[@]}} nodes; RPC of node0: http://{rpc}; Ctrl-C stops all" >&2

# Tells of nodes that end by themselves, until none is left.
failed=0
while [ ${{#pids[@]}} -gt 0 ]; do
    sleep 0.2 &
    wait $!
    for index in "${{!pids[@]}}"; do
        kill -0 "${{pids[index]}}" 2>/dev/null && continue
        wait "${{pids[index]}}"
        code=$?
        unset "pids[index]"
        [ $code = 0 ] && continue
        failed=1
        echo "${{nodes[index]}} ended with exit code $code; see $PWD/${{nodes[index]}}/log" >&2
    done
done
exit $failed
"#,
        chain_name = plan.chain_name,
        program = shell(&program),
        rpc = plan.nodes[0].ports.rpc(),
    )
}

/// A path as a text of TOML.
fn toml(path: &Path) -> String {
    toml::Value::String(path.display().to_string()).to_string()
}

/// A path as one word of a shell.
fn shell(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_whole() {
        let path = Path::new("/it's \"here\"/a\\b");
        let read: toml::Table = format!("path = {}", toml(path)).parse().unwrap();
        assert_eq!(read["path"].as_str(), path.to_str());
        assert_eq!(shell(path), r#"'/it'\''s "here"/a\b'"#);
    }
}
