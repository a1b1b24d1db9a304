//! Every setting, with its default, its range, and what it means for operators.
//!
//! The doc comments are the documentation that users read. A key, once released, keeps its meaning.
//! What a running node takes anew (`node::reload`) has the mark `x-reloadable`.

use std::net::{Ipv4Addr, SocketAddr};

use argosy_rpc::RpcConfig;
use argosy_tiers::TierMode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The file as it is written.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawConfig {
    /// The chain: path of a chain spec (TOML), or `dev` for the built-in development chain.
    pub(crate) chain: Option<String>,
    /// Where the node keeps its data. Default: `argosyd` in the user's data directory
    /// (`$XDG_DATA_HOME` or `~/.local/share`), with `-N` behind it for instance N.
    pub(crate) data_dir: Option<String>,
    /// Number of this node among those on the machine; every default port is 10 times as much higher.
    #[schemars(range(min = 0, max = 99))]
    pub(crate) instance: u16,
    /// Make blocks alone, without other validators: `instant` (with each transaction; what `--dev`
    /// alone means), `manual` (on request, `dev_mine`), or a period such as `1s` or `500ms`.
    pub(crate) dev: Option<String>,
    /// Take part in deciding blocks, with the key in this file (`argosyd keys new`). `--validator` alone,
    /// or `default`, means `keys/validator.pem` in the data directory. Without it the node follows the others.
    pub(crate) validator: Option<String>,
    /// Consensus: the network in which validators propose and vote, and others follow.
    pub(crate) p2p: RawP2p,
    /// Transactions between nodes.
    pub(crate) gossip: RawGossip,
    /// What signs for a validator.
    pub(crate) signer: RawSigner,
    /// JSON-RPC for clients.
    pub(crate) rpc: RpcConfig,
    /// The operators' port: health and metrics. It has no access control: keep it inside.
    pub(crate) ops: RawOps,
    /// The port of whoever runs the node: it changes a running node, and asks for a token.
    pub(crate) admin: RawAdmin,
    /// Logs, on stderr.
    pub(crate) log: RawLog,
    /// Traces of calls, from a client into the block, for a collector.
    pub(crate) traces: RawTraces,
    /// Transactions that wait.
    pub(crate) mempool: RawMempool,
    /// What is kept of the past.
    pub(crate) state: RawState,
    /// The database.
    pub(crate) store: RawStore,
    /// Running contracts.
    pub(crate) vm: RawVm,
    /// Snapshots, from which other nodes begin.
    pub(crate) snapshot: RawSnapshot,
}

/// Consensus: the network in which validators propose and vote.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawP2p {
    /// Address to listen on for other nodes.
    pub(crate) listen: SocketAddr,
    /// Nodes to stay connected with, as `host:port`; names are looked up at each call. A validator
    /// names all the others.
    #[schemars(extend("x-reloadable" = true))]
    pub(crate) peers: Vec<String>,
    /// Whom to accept: `any`, or connections from addresses of nodes that are `listed` in `peers`
    /// only.
    pub(crate) accept: Accept,
    /// File of the key that names this node in the network; made if it is not there. Default:
    /// `keys/node.pem` in the data directory.
    pub(crate) node_key: Option<String>,
    /// Connections from one IP address. Behind a port mapping all nodes may have the same.
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) max_connections_per_ip: u32,
    /// Connections that others opened, in all, besides those from addresses of nodes in `peers`.
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) max_inbound: u32,
}

/// Whom a node accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Accept {
    Any,
    Listed,
}

impl Default for RawP2p {
    fn default() -> RawP2p {
        RawP2p {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 30533)),
            peers: Vec::new(),
            accept: Accept::Any,
            node_key: None,
            max_connections_per_ip: 8,
            max_inbound: 64,
        }
    }
}

/// Gossip: the network in which nodes hand transactions to each other. It has its own port, and
/// consensus none of its peers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawGossip {
    /// Address to listen on for other nodes.
    pub(crate) listen: SocketAddr,
    /// Where other nodes reach this one, if that is another address: behind a NAT, say.
    pub(crate) announce: Option<SocketAddr>,
    /// Nodes to stay connected with, as `host:port`; names are looked up at each attempt.
    #[schemars(extend("x-reloadable" = true))]
    pub(crate) peers: Vec<String>,
    /// Nodes to ask for others while there are few, as `host:port`.
    #[schemars(extend("x-reloadable" = true))]
    pub(crate) bootnodes: Vec<String>,
    /// Connections from one IP address. Behind a port mapping all nodes may have the same.
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) max_connections_per_ip: u32,
    /// Connections that others opened, in all.
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) max_inbound: u32,
}

impl Default for RawGossip {
    fn default() -> RawGossip {
        RawGossip {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 30534)),
            announce: None,
            peers: Vec::new(),
            bootnodes: Vec::new(),
            max_connections_per_ip: 8,
            max_inbound: 64,
        }
    }
}

/// What signs for a validator.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawSigner {
    /// File whose first line unlocks the validator's key. Without it the passphrase is asked for, if
    /// there is a terminal.
    pub(crate) passphrase_file: Option<String>,
    /// Folder of the record of what was signed. Default: `signer` in the data directory.
    pub(crate) dir: Option<String>,
    /// Socket of a signer that runs by itself (`argosyd signer serve`), which then has key and record.
    /// `validator` must name the key file all the same; only its public part is read.
    pub(crate) socket: Option<String>,
    /// Address of such a signer on another machine, as `host:port`. Both sides show certificates.
    pub(crate) address: Option<String>,
    /// Folder of this node's certificate for the signer: `ca.crt`, `tls.crt` and `tls.key`
    /// (`argosyd signer certificates` makes them). Needed with `address`.
    pub(crate) tls_dir: Option<String>,
    /// After its start the validator follows for so many blocks and looks for votes of its key that it did
    /// not give; if there are any, another node runs with the key, and this one stops. 0 = votes at once.
    /// It ends sooner if the chain stands still.
    #[schemars(range(min = 0, max = 100_000))]
    pub(crate) watch_blocks: u32,
}

/// The operators' port.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawOps {
    /// Address to listen on. Port 0 takes a free one.
    pub(crate) listen: SocketAddr,
    /// Open sockets; one more waits.
    #[schemars(range(min = 1, max = 1024))]
    pub(crate) max_connections: u32,
}

impl Default for RawOps {
    fn default() -> RawOps {
        RawOps {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9535)),
            max_connections: 32,
        }
    }
}

/// The port of whoever runs the node.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawAdmin {
    /// Address to listen on, of this machine alone, such as `127.0.0.1:9534`. Without this and without
    /// `socket` there is no such port.
    pub(crate) listen: Option<SocketAddr>,
    /// Socket to listen on, the path of a file that is made; only the node's own user may use it.
    pub(crate) socket: Option<String>,
    /// File of the token that callers must show; made if it is not there. Default: `admin.token` in the
    /// data directory.
    pub(crate) token_file: Option<String>,
}

/// Logs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawLog {
    /// For people, as `key=value` lines, or as a JSON object per line.
    pub(crate) format: LogFormat,
    /// What to log: a level, or levels by part, such as `info,rpc=debug`.
    #[schemars(extend("x-reloadable" = true))]
    pub(crate) filter: String,
}

impl Default for RawLog {
    fn default() -> RawLog {
        RawLog {
            format: LogFormat::Pretty,
            filter: "info,arc_malachitebft=warn,libp2p=warn".into(),
        }
    }
}

/// Traces of calls.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawTraces {
    /// Collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`; `/v1/traces` is added to it.
    /// Without it nothing is traced. The node calls it in the background, over plain HTTP, and goes on as
    /// well if nobody answers. If nothing is said: `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub(crate) endpoint: Option<String>,
    /// Of a thousand calls of which no client decides, so many are traced. If neither this nor `clients`
    /// is said: `OTEL_TRACES_SAMPLER`.
    #[schemars(range(min = 0, max = 1000))]
    pub(crate) sample: u16,
    /// Which calls of clients are traced that name a trace of their own, in the header `traceparent`.
    /// `decide`: those that it says are kept, up to 100 a second of all clients together, and no
    /// others. `sampled`: as many of them as `sample` says, as of all calls.
    pub(crate) clients: ClientTraces,
    /// What the node is called in traces. If nothing is said: `OTEL_SERVICE_NAME`.
    pub(crate) service_name: String,
    /// What else traces say of the node, as `name=value`: where it runs, say. If nothing is said:
    /// `OTEL_RESOURCE_ATTRIBUTES`.
    pub(crate) attributes: Vec<String>,
}

/// Who decides whether a call is traced whose client names a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ClientTraces {
    Decide,
    Sampled,
}

impl Default for RawTraces {
    fn default() -> RawTraces {
        RawTraces {
            endpoint: None,
            sample: 10,
            clients: ClientTraces::Decide,
            service_name: "argosyd".into(),
            attributes: Vec::new(),
        }
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Pretty,
    Logfmt,
    Json,
}

/// Transactions that wait.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawMempool {
    /// How many. For one more, the one that pays least goes.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub(crate) max_transactions: u64,
    /// Their encoded bytes in all.
    #[schemars(range(min = 860_160, max = 17_179_869_184u64))]
    pub(crate) max_bytes: u64,
    /// How many of one sender.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub(crate) max_transactions_per_sender: u64,
    /// How far a nonce may lie beyond the account's.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub(crate) max_nonce_gap: u64,
    /// By how many percent a replacement must raise both tip and price ceiling.
    #[schemars(range(min = 0, max = 1000))]
    pub(crate) replace_bump_percent: u64,
}

impl Default for RawMempool {
    fn default() -> RawMempool {
        let limits = argosy_mempool::Limits::default();
        RawMempool {
            max_transactions: limits.txs_max as u64,
            max_bytes: limits.bytes_max as u64,
            max_transactions_per_sender: limits.per_sender_max as u64,
            max_nonce_gap: limits.nonce_gap_max,
            replace_bump_percent: limits.replace_bump_percent,
        }
    }
}

/// What is kept of the past.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawState {
    /// `pruned` keeps the last `keep_blocks` blocks; `archive` keeps every block and every value that
    /// the state ever had; `validator` keeps as little as a validator needs, the last 32 blocks. Headers
    /// are always kept. A directory remembers its mode, which `auto` leaves as it is; a new one is
    /// `pruned`. To keep less than before is always possible, to keep more takes a replay into a new
    /// directory.
    pub(crate) mode: StateMode,
    /// With `pruned`, and with `auto` in a new directory: so many blocks are kept with transactions, receipts and events.
    #[schemars(range(min = 32, max = 1_000_000_000u64))]
    pub(crate) keep_blocks: u64,
    /// `on` keeps an index of the transactions of each account and of the contracts, which
    /// `account_getHistory` and `contract_list` need; it begins with the next block, and its entries go
    /// with their blocks. `off` deletes it. A directory remembers that it has one, which `auto` leaves as
    /// it is; a new one has none.
    pub(crate) index: IndexMode,
}

impl Default for RawState {
    fn default() -> RawState {
        RawState {
            mode: StateMode::Auto,
            keep_blocks: 100_000,
            index: IndexMode::Auto,
        }
    }
}

/// Whether transactions are found by account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum IndexMode {
    Auto,
    On,
    Off,
}

/// How much of the past is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StateMode {
    Auto,
    Pruned,
    Archive,
    Validator,
}

/// The database.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawStore {
    /// MiB of the database's files that are kept in memory.
    #[schemars(range(min = 8, max = 1_048_576))]
    pub(crate) cache_mib: u32,
    /// MiB of accounts, storage, code and trie nodes that are kept in memory as they are, so that the
    /// database is not asked for them again.
    #[schemars(range(min = 1, max = 1_048_576))]
    pub(crate) value_cache_mib: u32,
    /// MiB of writes that are kept in memory before they go to files; they are in the log at once.
    #[schemars(range(min = 8, max = 16_384))]
    pub(crate) write_buffer_mib: u32,
    /// Files of the database that may be open at a time.
    #[schemars(range(min = 64, max = 1_000_000))]
    pub(crate) max_open_files: u32,
    /// MiB that must be free on the disk: below it the node makes no blocks and takes no
    /// transactions, until there is room again. 0 = no limit.
    pub(crate) min_free_mib: u32,
}

/// Running contracts.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawVm {
    /// What runs them; no choice changes a result. `auto` interprets, and compiles in the background
    /// what is called often; `interpreter` compiles nothing; `compiled` compiles everything before
    /// its first call and waits for it; `shadow` runs both and stops at the first difference, which
    /// is for testing and takes more than twice the time.
    pub(crate) tier: TierMode,
}

impl Default for RawStore {
    fn default() -> RawStore {
        RawStore {
            cache_mib: 64,
            value_cache_mib: 64,
            write_buffer_mib: 32,
            max_open_files: 512,
            min_free_mib: 1024,
        }
    }
}

/// Snapshots, from which other nodes begin.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawSnapshot {
    /// Make one of every block whose height is a multiple of this; blocks go on meanwhile. 0 = none.
    #[schemars(range(min = 0, max = 1_000_000_000u64))]
    pub(crate) every_blocks: u64,
    /// So many are kept, those of the highest blocks.
    #[schemars(range(min = 1, max = 1_000))]
    pub(crate) keep: u32,
    /// Folder of snapshots, of this node alone. Default: `snapshots` in the data directory.
    pub(crate) dir: Option<String>,
}

impl Default for RawSnapshot {
    fn default() -> RawSnapshot {
        RawSnapshot {
            every_blocks: 0,
            keep: 2,
            dir: None,
        }
    }
}
