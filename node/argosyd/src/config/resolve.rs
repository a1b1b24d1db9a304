//! From values to what the code uses. Here are the rules between settings.

use std::fmt::Display;
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use argosy_chain::{ChainConfig, Retention};
use argosy_replica::BlockMode;
use argosy_rpc::RpcConfig;
use argosy_store::StoreConfig;
use argosy_tiers::TierMode;
use toml::Value;

use super::error::{ConfigError, Origin};
use super::load::Values;
use super::raw::{Accept, IndexMode, LogFormat, RawConfig, RawSigner, StateMode};
use super::traces::{TracesConfig, traces};

/// Default ports of instance N are higher by so much times N.
const PORTS_PER_INSTANCE: u16 = 10;
/// What `--validator` without a file stands for.
pub(super) const VALIDATOR_ALONE: &str = "default";
const MIB: usize = 1024 * 1024;

/// A configuration that a node can run with.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Which chain, if that was said.
    pub(crate) chain: Option<ChainSource>,
    pub(crate) data_dir: PathBuf,
    /// When blocks are made by this node alone, if that was said.
    pub(crate) dev: Option<BlockMode>,
    /// This node's part in agreement, on chains that have it.
    pub(crate) agreement: AgreementConfig,
    /// Transactions between nodes, on the same chains.
    pub(crate) gossip: GossipConfig,
    pub(crate) rpc: RpcConfig,
    pub(crate) ops: OpsConfig,
    pub(crate) admin: AdminConfig,
    pub(crate) log: LogConfig,
    pub(crate) traces: TracesConfig,
    pub(crate) mempool: argosy_mempool::Limits,
    pub(crate) state: StateConfig,
    pub(crate) store: StoreConfig,
    /// Values kept in memory in front of the store.
    pub(crate) value_cache_bytes: usize,
    /// What runs contracts.
    pub(crate) tier: TierMode,
    pub(crate) snapshot: SnapshotConfig,
    /// What must be free on the disk.
    pub(crate) min_free_bytes: u64,
}

/// Where a signer in another process is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RemoteSignerConfig {
    /// Behind a socket on this machine.
    Socket(PathBuf),
    /// At `host:port`, with this node's certificate in a folder.
    Tls { address: String, folder: PathBuf },
}

/// A node's part in agreement between validators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AgreementConfig {
    /// Key file of the validator that this node is; `None`: it follows.
    pub(crate) validator: Option<PathBuf>,
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Folder of the record of what was signed.
    pub(crate) record_dir: PathBuf,
    /// Where the signer is, if it is another process.
    pub(crate) remote_signer: Option<RemoteSignerConfig>,
    /// So many blocks a validator follows before it votes, and looks for a twin; 0: none.
    pub(crate) watch_blocks: u32,
    pub(crate) listen: SocketAddr,
    /// As `host:port`.
    pub(crate) peers: Vec<String>,
    pub(crate) peers_only: bool,
    pub(crate) node_key: PathBuf,
    pub(crate) connections_per_ip_max: usize,
    pub(crate) inbound_max: usize,
}

/// How transactions go from node to node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GossipConfig {
    pub(crate) listen: SocketAddr,
    pub(crate) announce: Option<SocketAddr>,
    /// As `host:port`.
    pub(crate) peers: Vec<String>,
    /// As `host:port`.
    pub(crate) bootnodes: Vec<String>,
    pub(crate) connections_per_ip_max: usize,
    pub(crate) inbound_max: u32,
}

/// Which snapshots are made, and where they lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SnapshotConfig {
    /// Of every block whose height is a multiple; `None`: of none.
    pub(crate) every_blocks: Option<NonZeroU64>,
    pub(crate) keep: usize,
    pub(crate) dir: PathBuf,
}

/// Where the chain's rules are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChainSource {
    /// In this program.
    Dev,
    /// In a file.
    File(PathBuf),
}

/// The operators' port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OpsConfig {
    pub(crate) listen: SocketAddr,
    pub(crate) max_connections: u32,
}

/// The port of whoever runs the node, if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AdminConfig {
    /// On this machine.
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) socket: Option<PathBuf>,
    pub(crate) token_file: PathBuf,
}

impl AdminConfig {
    /// Whether there is one.
    pub(crate) fn is_wanted(&self) -> bool {
        self.listen.is_some() || self.socket.is_some()
    }
}

/// What is kept of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StateConfig {
    retention: Retention,
    /// In a directory that is there, too, and not only in a new one.
    is_chosen: bool,
    /// Whether an index is kept; none: as the directory has it.
    index: Option<bool>,
}

impl StateConfig {
    /// How a chain is opened, in a directory that is new or not.
    pub(crate) fn of_chain(&self, is_new: bool) -> ChainConfig {
        ChainConfig {
            retention: (self.is_chosen || is_new).then_some(self.retention),
            index: self.index,
        }
    }
}

/// Logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogConfig {
    pub(crate) format: LogFormat,
    pub(crate) filter: String,
}

pub(super) fn resolve(raw: &RawConfig, values: &Values) -> Result<Config, ConfigError> {
    let shift = |listen: SocketAddr, key: &str| shifted(listen, key, raw.instance, values);
    let data_dir: PathBuf = match &raw.data_dir {
        Some(path) => path.into(),
        None => default_data_dir(raw.instance)?,
    };
    let config = Config {
        chain: raw.chain.as_deref().map(|it| match it {
            "dev" => ChainSource::Dev,
            path => ChainSource::File(path.into()),
        }),
        snapshot: SnapshotConfig {
            every_blocks: NonZeroU64::new(raw.snapshot.every_blocks),
            keep: raw.snapshot.keep as usize,
            dir: match &raw.snapshot.dir {
                Some(path) => path.into(),
                None => data_dir.join("snapshots"),
            },
        },
        admin: AdminConfig {
            listen: raw.admin.listen,
            socket: raw.admin.socket.as_ref().map(PathBuf::from),
            token_file: match &raw.admin.token_file {
                Some(path) => path.into(),
                None => data_dir.join("admin.token"),
            },
        },
        agreement: agreement(raw, &data_dir, shift(raw.p2p.listen, "p2p.listen"))?,
        gossip: gossip(raw, shift(raw.gossip.listen, "gossip.listen")),
        data_dir,
        dev: raw
            .dev
            .as_deref()
            .map(|it| block_mode(it, values))
            .transpose()?,
        rpc: RpcConfig {
            listen: shift(raw.rpc.listen, "rpc.listen"),
            max_connections_per_ip: match is_default("rpc.max_connections_per_ip", values) {
                true => raw.rpc.max_connections_per_ip.min(raw.rpc.max_connections),
                false => raw.rpc.max_connections_per_ip,
            },
            dev_methods: raw.dev.is_some(),
            ..raw.rpc.clone()
        },
        ops: OpsConfig {
            listen: shift(raw.ops.listen, "ops.listen"),
            max_connections: raw.ops.max_connections,
        },
        log: LogConfig {
            format: raw.log.format,
            filter: raw.log.filter.clone(),
        },
        traces: traces(&raw.traces, values)?,
        mempool: argosy_mempool::Limits {
            bytes_max: size(raw.mempool.max_bytes),
            txs_max: size(raw.mempool.max_transactions),
            per_sender_max: match is_default("mempool.max_transactions_per_sender", values) {
                true => size(raw.mempool.max_transactions_per_sender)
                    .min(size(raw.mempool.max_transactions)),
                false => size(raw.mempool.max_transactions_per_sender),
            },
            nonce_gap_max: raw.mempool.max_nonce_gap,
            replace_bump_percent: raw.mempool.replace_bump_percent,
        },
        state: StateConfig {
            retention: match raw.state.mode {
                StateMode::Auto | StateMode::Pruned => Retention::Blocks(raw.state.keep_blocks),
                StateMode::Archive => Retention::Archive,
                StateMode::Validator => Retention::VALIDATOR,
            },
            is_chosen: raw.state.mode != StateMode::Auto,
            index: match raw.state.index {
                IndexMode::Auto => None,
                IndexMode::On => Some(true),
                IndexMode::Off => Some(false),
            },
        },
        value_cache_bytes: (raw.store.value_cache_mib as usize).saturating_mul(MIB),
        store: StoreConfig {
            cache_bytes: (raw.store.cache_mib as usize).saturating_mul(MIB),
            write_buffer_bytes: (raw.store.write_buffer_mib as usize).saturating_mul(MIB),
            open_files_max: raw.store.max_open_files,
        },
        tier: raw.vm.tier,
        min_free_bytes: u64::from(raw.store.min_free_mib) * MIB as u64,
    };
    check(&config)?;
    Ok(config)
}

fn agreement(
    raw: &RawConfig,
    data_dir: &Path,
    listen: SocketAddr,
) -> Result<AgreementConfig, ConfigError> {
    let or = |path: &Option<String>, default: &str| match path {
        Some(path) => path.into(),
        None => data_dir.join(default),
    };
    Ok(AgreementConfig {
        validator: raw.validator.as_deref().map(|it| match it {
            VALIDATOR_ALONE => data_dir.join("keys/validator.pem"),
            path => path.into(),
        }),
        passphrase_file: raw.signer.passphrase_file.as_ref().map(PathBuf::from),
        record_dir: or(&raw.signer.dir, "signer"),
        remote_signer: remote_signer(&raw.signer)?,
        watch_blocks: raw.signer.watch_blocks,
        listen,
        peers: raw.p2p.peers.clone(),
        peers_only: raw.p2p.accept == Accept::Listed,
        node_key: or(&raw.p2p.node_key, "keys/node.pem"),
        connections_per_ip_max: raw.p2p.max_connections_per_ip as usize,
        inbound_max: raw.p2p.max_inbound as usize,
    })
}

fn remote_signer(raw: &RawSigner) -> Result<Option<RemoteSignerConfig>, ConfigError> {
    match (&raw.socket, &raw.address, &raw.tls_dir) {
        (None, None, None) => Ok(None),
        (Some(socket), None, None) => Ok(Some(RemoteSignerConfig::Socket(socket.into()))),
        (None, Some(address), Some(folder)) => {
            check_places("signer.address", std::slice::from_ref(address))?;
            Ok(Some(RemoteSignerConfig::Tls {
                address: address.clone(),
                folder: folder.into(),
            }))
        }
        (Some(_), _, _) => Err(ConfigError::Contradiction(
            "signer.socket excludes signer.address and signer.tls_dir: there is one signer".into(),
        )),
        (None, Some(_), None) => Err(ConfigError::Contradiction(
            "signer.address needs signer.tls_dir, the folder of this node's certificate for the signer".into(),
        )),
        (None, None, Some(_)) => Err(ConfigError::Contradiction(
            "signer.tls_dir is of no use without signer.address".into(),
        )),
    }
}

fn gossip(raw: &RawConfig, listen: SocketAddr) -> GossipConfig {
    GossipConfig {
        listen,
        announce: raw.gossip.announce,
        peers: raw.gossip.peers.clone(),
        bootnodes: raw.gossip.bootnodes.clone(),
        connections_per_ip_max: raw.gossip.max_connections_per_ip as usize,
        inbound_max: raw.gossip.max_inbound,
    }
}

/// Whether a text says where a node is, as `host:port`.
pub(crate) fn is_place(text: &str) -> bool {
    let parts = text.rsplit_once(':');
    parts.is_some_and(|(host, port)| !host.is_empty() && matches!(port.parse::<u16>(), Ok(1..)))
}

/// What a list of nodes has that is none.
fn check_places(key: &str, places: &[String]) -> Result<(), ConfigError> {
    for place in places {
        if !is_place(place) {
            return Err(ConfigError::Contradiction(format!(
                "{key} has \"{place}\", which is no host:port such as validator-1:30533"
            )));
        }
    }
    Ok(())
}

/// The rules between settings.
fn check(config: &Config) -> Result<(), ConfigError> {
    let refuse = |text: String| Err(ConfigError::Contradiction(text));
    let (rpc, ops) = (config.rpc.listen, config.ops.listen);
    let overlap = rpc.ip() == ops.ip() || rpc.ip().is_unspecified() || ops.ip().is_unspecified();
    if rpc.port() != 0 && rpc.port() == ops.port() && overlap {
        return refuse(format!(
            "rpc.listen = {rpc} and ops.listen = {ops} are one port; give each its own"
        ));
    }
    if let Some(admin) = config.admin.listen.filter(|it| !it.ip().is_loopback()) {
        return refuse(format!(
            "admin.listen = {admin} is not on this machine alone; give an address such as 127.0.0.1:9534, and reach it from elsewhere through ssh"
        ));
    }
    if config.rpc.max_connections_per_ip > config.rpc.max_connections {
        return refuse(format!(
            "rpc.max_connections_per_ip = {} is more than rpc.max_connections = {}",
            config.rpc.max_connections_per_ip, config.rpc.max_connections
        ));
    }
    if config.mempool.per_sender_max > config.mempool.txs_max {
        return refuse(format!(
            "mempool.max_transactions_per_sender = {} is more than mempool.max_transactions = {}",
            config.mempool.per_sender_max, config.mempool.txs_max
        ));
    }
    if config.dev.is_some() && config.agreement.validator.is_some() {
        return refuse(
            "dev and validator exclude each other: blocks are made alone, or validators agree"
                .into(),
        );
    }
    check_places("p2p.peers", &config.agreement.peers)?;
    check_places("gossip.peers", &config.gossip.peers)?;
    check_places("gossip.bootnodes", &config.gossip.bootnodes)?;
    if config.data_dir.as_os_str().is_empty() {
        return refuse("data_dir is empty; give the path of a directory".into());
    }
    if config.snapshot.dir.as_os_str().is_empty() {
        return refuse("snapshot.dir is empty; give the path of a directory".into());
    }
    config
        .rpc
        .check()
        .map_err(|error| ConfigError::Contradiction(error.to_string()))
}

/// A default port, moved away from those of the other instances; one that somebody chose stays.
fn shifted(listen: SocketAddr, key: &str, instance: u16, values: &Values) -> SocketAddr {
    let mut listen = listen;
    if is_default(key, values) {
        let shift = instance.saturating_mul(PORTS_PER_INSTANCE);
        listen.set_port(listen.port().saturating_add(shift));
    }
    listen
}

/// Nobody chose it, so that it gives way to what somebody did.
pub(super) fn is_default(key: &str, values: &Values) -> bool {
    values
        .get(key)
        .is_none_or(|it| it.origin == Origin::Default)
}

fn block_mode(text: &str, values: &Values) -> Result<BlockMode, ConfigError> {
    text.parse()
        .map_err(|error: argosy_replica::BlockModeError| of_key("dev", text, &error, values))
}

/// A value that is none, for a reason that begins with `expected`.
pub(super) fn of_key(key: &str, text: &str, error: &impl Display, values: &Values) -> ConfigError {
    ConfigError::Value {
        key: key.into(),
        found: text.into(),
        origin: values
            .get(key)
            .map_or(Origin::Default, |it| it.origin.clone()),
        expected: error.to_string().trim_start_matches("expected ").to_owned(),
    }
}

/// The directory that these values name; `None`: none, and there is no default.
pub(super) fn data_dir(values: &Values) -> Option<PathBuf> {
    match values.get("data_dir").map(|it| &it.value) {
        Some(Value::String(path)) => {
            Some(PathBuf::from(path)).filter(|it| !it.as_os_str().is_empty())
        }
        Some(_) | None => {
            let instance = values.get("instance").and_then(|it| it.value.as_integer());
            default_data_dir(u16::try_from(instance.unwrap_or(0)).ok()?).ok()
        }
    }
}

/// As the XDG base directory specification has it.
fn default_data_dir(instance: u16) -> Result<PathBuf, ConfigError> {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|it| it.is_absolute())
    };
    let base = absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")));
    let base = base.ok_or_else(|| {
        ConfigError::Contradiction("neither XDG_DATA_HOME nor HOME is set: say --data-dir".into())
    })?;
    Ok(data_dir_in(&base, instance))
}

fn data_dir_in(base: &Path, instance: u16) -> PathBuf {
    match instance {
        0 => base.join("argosyd"),
        number => base.join(format!("argosyd-{number}")),
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instance_has_a_directory_of_its_own() {
        let base = Path::new("/base");
        assert_eq!(data_dir_in(base, 0), Path::new("/base/argosyd"));
        assert_eq!(data_dir_in(base, 7), Path::new("/base/argosyd-7"));
    }
}
