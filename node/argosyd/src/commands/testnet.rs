//! `argosyd testnet`: a network for one machine, as a folder.
//!
//! ```text
//! DIR/chain.toml                    what all nodes agree on
//! DIR/start.sh, README.txt          for people
//! DIR/nodeI/config.toml             what `argosyd run --config` takes
//! DIR/nodeI/data/                   its data directory
//! DIR/nodeI/keys/node.pem           its name among nodes
//! DIR/nodeI/keys/validator.pem      its vote, encrypted; full nodes have none
//! DIR/nodeI/keys/passphrase         what opens it
//! ```
//!
//! Always: two networks by the same words differ in their keys only, and in what follows from them.
//! Not here: starting it (`start.sh` does).

mod plan; // who listens where, who votes
mod texts; // what the files say

use std::fs;
use std::path::{Path, PathBuf};

use argosy_primitives::{GenesisHash, SecretKey};
use argosy_signer::{KeyFile, KeyFileError, Passphrase, PlainKeyFile, generate_key, init_record};
use argosy_spec::ChainSpec;
use clap::ArgMatches;
use serde_json::json;
use zeroize::Zeroizing;

use plan::{Node, Plan};

use super::files::{self, Mode, argument, failed, make_private_folder};
use super::genesis::{Draft, DraftError, NewAccount, NewChain, NewValidator, grouped};
use super::keys::{self, peer_id};
use super::print;
use super::progress::Progress;
use crate::failure::{Exit, Failure};

/// The keys of a node.
struct NodeKeys {
    node: SecretKey,
    /// Of one that votes.
    validator: Option<SecretKey>,
}

pub(super) fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let plan = Plan::from(matches)?;
    let keys = plan.nodes.iter().map(NodeKeys::generate);
    let keys = keys.collect::<Result<Vec<_>, _>>().map_err(keys::failure)?;
    let refuse = |error| Failure::new(Exit::Usage, format!("no such network: {error}"));
    let draft = draft(&plan, &keys).map_err(refuse)?;
    let folder = empty_folder(&argument(matches, "out"))?;
    if let Err(failure) = write(&plan, &keys, &draft, &folder) {
        say(&format!("{} is not whole: remove it", folder.display()));
        return Err(failure);
    }
    for (node, keys) in plan.nodes.iter().zip(&keys) {
        tell(node, keys, &folder);
    }
    say(&format!(
        "start it with: {}",
        folder.join(texts::START).display()
    ));
    Ok(())
}

impl NodeKeys {
    fn generate(node: &Node) -> Result<NodeKeys, KeyFileError> {
        Ok(NodeKeys {
            node: generate_key()?,
            validator: node.power.map(|_| generate_key()).transpose()?,
        })
    }
}

/// The chain spec.
fn draft(plan: &Plan, keys: &[NodeKeys]) -> Result<Draft, DraftError> {
    let dev = ChainSpec::dev();
    let new = NewChain {
        name: plan.chain_name.clone(),
        hrp: plan.hrp,
        time_ms: dev.genesis.time_ms,
        target_time_ms: plan.target_time_ms,
    };
    let mut draft = Draft::begin(&new, None)?;
    for account in dev.genesis.accounts.iter().take(plan.accounts) {
        draft.add_account(&NewAccount {
            name: account.name.clone(),
            address: account.address.to_text(plan.hrp),
            balance: amount(account.balance, &dev),
        })?;
    }
    for (node, keys) in plan.nodes.iter().zip(keys) {
        if let (Some(power), Some(key)) = (node.power, &keys.validator) {
            draft.add_validator(&NewValidator {
                name: Some(node.name.clone()),
                key: key.public().to_string(),
                power,
            })?;
        }
    }
    Ok(draft)
}

/// In tokens, if it is a whole number of them.
fn amount(units: u128, spec: &ChainSpec) -> String {
    let token = 10_u128.pow(spec.network.token_decimals.into());
    match units % token {
        0 => format!("{} {}", grouped(units / token), spec.network.token_symbol),
        _ => format!("{units} units"),
    }
}

/// The folder, with its whole path, as configurations need it.
fn empty_folder(path: &Path) -> Result<PathBuf, Failure> {
    make_private_folder(path)?;
    let folder = fs::canonicalize(path).map_err(|error| failed("find", path, &error))?;
    let mut entries = fs::read_dir(&folder).map_err(|error| failed("read", path, &error))?;
    if let Some(entry) = entries.next() {
        let entry = entry.map_err(|error| failed("read", path, &error))?;
        let message = format!(
            "{} is not empty: there is {} in it; give another folder",
            path.display(),
            entry.file_name().display()
        );
        return Err(Failure::new(Exit::Usage, message));
    }
    match folder.to_str() {
        Some(_) => Ok(folder),
        None => {
            let message = format!("{} is no UTF-8, as configurations are", folder.display());
            Err(Failure::new(Exit::Usage, message))
        }
    }
}

/// Everything; what says how to start comes last.
fn write(plan: &Plan, keys: &[NodeKeys], draft: &Draft, folder: &Path) -> Result<(), Failure> {
    files::create(&folder.join("chain.toml"), &draft.to_string(), Mode::Public)?;
    let spec = ChainSpec::from_toml(&draft.to_string());
    let spec =
        spec.map_err(|error| Failure::new(Exit::Usage, format!("no such network: {error}")))?;
    let chain = spec.genesis_hash();
    let mut progress = Progress::new("nodes written", Some(plan.nodes.len() as u64));
    for (count, (node, keys)) in (1..).zip(plan.nodes.iter().zip(keys)) {
        write_node(plan, (node, keys), chain, folder)?;
        progress.at(count);
    }
    drop(progress);
    let readme = texts::readme(plan);
    files::create(&folder.join("README.txt"), &readme, Mode::Public)?;
    let start = texts::start(plan);
    files::create(&folder.join(texts::START), &start, Mode::Program)
}

fn write_node(
    plan: &Plan,
    (node, keys): (&Node, &NodeKeys),
    chain: GenesisHash,
    folder: &Path,
) -> Result<(), Failure> {
    let place = folder.join(&node.name);
    let key_folder = place.join("keys");
    make_private_folder(&key_folder)?;
    make_private_folder(&place.join("data"))?;
    PlainKeyFile::at(key_folder.join("node.pem"))
        .create(&keys.node)
        .map_err(keys::failure)?;
    if let Some(key) = &keys.validator {
        let secret = new_secret()?;
        let passphrase = Passphrase::new(secret.as_str()).map_err(keys::failure)?;
        KeyFile::at(key_folder.join("validator.pem"))
            .create(key, &passphrase)
            .map_err(keys::failure)?;
        files::create(&key_folder.join("passphrase"), &secret, Mode::Private)?;
        // The key is new: it has signed nothing, and may say so.
        init_record(&place.join("data/signer"), chain, &key.public())
            .map_err(|error| Failure::new(Exit::Directory, error))?;
    }
    let config = texts::config(plan, node, folder);
    files::create(&place.join("config.toml"), &config, Mode::Public)
}

/// A passphrase that nobody has to remember.
fn new_secret() -> Result<Zeroizing<String>, Failure> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|_| keys::failure(KeyFileError::NoRandomness))?;
    Ok(Zeroizing::new(const_hex::encode(bytes.as_slice())))
}

/// One line of JSON, with how to reach the node.
fn tell(node: &Node, keys: &NodeKeys, folder: &Path) {
    let mut document = json!({
        "name": node.name,
        "rpc": format!("http://{}", node.ports.rpc()),
        "ops": format!("http://{}", node.ports.ops()),
        "gossip": node.ports.gossip().to_string(),
        "p2p": node.ports.p2p().to_string(),
        "peerId": peer_id(&keys.node.public()),
        "config": folder.join(&node.name).join("config.toml").display().to_string(),
    });
    if let (Some(key), Some(fields)) = (&keys.validator, document.as_object_mut()) {
        fields.insert("validator".into(), json!(key.public().to_string()));
    }
    print(&format!("{document}\n"));
}

/// For people, on stderr.
fn say(text: &str) {
    use std::io::Write;
    // Who closed stderr does not want to know.
    let _ = writeln!(std::io::stderr(), "{text}");
}
