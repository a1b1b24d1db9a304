//! The command line. Settings come from the table of `config`; here are the commands around them.

mod networks; // keys, chain specs, networks on one machine

use argosy_tiers::WORKER_COMMAND;
use clap::{Arg, ArgAction, Command};

use crate::config;
use crate::failure::EXIT_CODES;

const ABOUT: &str =
    "The Argosy node: a chain on disk behind JSON-RPC, for validators and full nodes";
const RUN: &str = "Run the node until SIGTERM or Ctrl-C";
const RUN_LONG: &str = "\
Run the node until SIGTERM or Ctrl-C.

When it serves, it prints one line of JSON with its addresses on stdout and keeps the same in
endpoints.json in the data directory; logs go to stderr. It stops within 10 seconds.

Where the chain's validators agree on blocks (`agreement = \"bft\"` in its spec), the node follows them,
and takes part with --validator. Where one node makes them alone, say when with --dev.";

/// Everything that can be typed.
pub(crate) fn command() -> Command {
    Command::new("argosyd")
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .after_help(EXIT_CODES)
        .max_term_width(100)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(
            Command::new("run").about(RUN).long_about(RUN_LONG),
        ))
        .subcommand(health())
        .subcommand(replay())
        .subcommand(verify())
        .subcommand(doctor())
        .subcommand(support_bundle())
        .subcommand(security_log())
        .subcommand(database())
        .subcommand(reset())
        .subcommand(backup())
        .subcommand(signer())
        .subcommand(snapshot())
        .subcommand(export_blocks())
        .subcommand(import_blocks())
        .subcommand(configuration())
        .subcommand(networks::keys())
        .subcommand(networks::genesis())
        .subcommand(networks::testnet())
        .subcommand(reference())
        // What a node starts to compile contracts; not for people.
        .subcommand(Command::new(WORKER_COMMAND).hide(true))
}

fn health() -> Command {
    let live = Arg::new("live")
        .long("live")
        .action(ArgAction::SetTrue)
        .help("Only whether it is alive; not whether it serves");
    with_settings(
        Command::new("health")
            .about("Ask a running node how it is; exit code 0 = ready, 1 = not")
            .arg(live),
    )
}

fn doctor() -> Command {
    let json = Arg::new("json")
        .long("json")
        .action(ArgAction::SetTrue)
        .help("Print a JSON list");
    with_settings(
        Command::new("doctor")
            .about("Look at machine, files, keys, other nodes and the running node: what is wrong, and what to do; changes nothing")
            .arg(json),
    )
}

fn security_log() -> Command {
    Command::new("security-log")
        .about("The log of what was done to keys, signatures and doors")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(
            Command::new("check")
                .about("Follow its chain of hashes: exit code 3 names the first line that is not what was written")
                .arg(path("in", "DIR", "Its folder; the data directory if nothing is said").required(false)),
        ))
}

fn support_bundle() -> Command {
    let log = Arg::new("log")
        .long("log")
        .value_name("FILE")
        .action(ArgAction::Append)
        .value_parser(clap::value_parser!(std::path::PathBuf))
        .help("A log of the node, whose end goes in; may be repeated");
    with_settings(
        Command::new("support-bundle")
            .about("Write what somebody who is to help must know into one file: no keys, no addresses of other nodes")
            .arg(path("out", "FILE", "File to write, which must not be there"))
            .arg(log),
    )
}

/// An argument that must be given, and is a path.
fn path(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name(value)
        .required(true)
        .value_parser(clap::value_parser!(std::path::PathBuf))
        .help(help)
}

fn height(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("HEIGHT")
        .value_parser(clap::value_parser!(u64))
        .help(help)
}

fn database() -> Command {
    Command::new("db")
        .about("The database of a stopped node: its sizes, whether it is whole, room to give back")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(Command::new("stats").about(
            "Print the size of each column, a line of JSON each; nothing is written",
        )))
        .subcommand(with_settings(Command::new("check").about(
            "Read everything and compute anew what follows from it; nothing is written",
        )))
        .subcommand(with_settings(Command::new("compact").about(
            "Rewrite the files without what is deleted; needs room for a second copy meanwhile",
        )))
}

fn reset() -> Command {
    let yes = Arg::new("yes")
        .long("yes")
        .action(ArgAction::SetTrue)
        .help("Say that it is to be deleted");
    with_settings(
        Command::new("reset")
            .about("Delete the database of a stopped node and nothing else: keys, the record of what was signed, snapshots and settings stay")
            .arg(yes),
    )
}

fn backup() -> Command {
    let number = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name(value)
            .value_parser(clap::value_parser!(u32).range(1..))
            .help(help)
    };
    Command::new("backup")
        .about("Copies of a stopped node's database in a folder of their own")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(
            Command::new("create")
                .about("Add a backup; what the last ones have already is not copied again")
                .arg(path(
                    "to",
                    "DIR",
                    "Folder of backups; made if it is not there",
                ))
                .arg(number(
                    "keep",
                    "N",
                    "Then drop all but the newest N backups",
                )),
        ))
        .subcommand(with_settings(
            Command::new("list")
                .about("Print the backups of a folder, oldest first, a line of JSON each")
                .arg(path("in", "DIR", "Folder of backups")),
        ))
        .subcommand(with_settings(
            Command::new("restore")
                .about("Copy a backup into the data directory, which must hold no chain yet")
                .arg(path("from", "DIR", "Folder of backups"))
                .arg(number("id", "ID", "Which one; the newest if not given")),
        ))
}

fn signer() -> Command {
    Command::new("signer")
        .about("What a validator signed, on record, so that it never signs twice; signing for a node in another process")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(
            Command::new("init")
                .about("Make a record for a key: without --at-height one that has never signed on this chain")
                .arg(height(
                    "at-height",
                    "It may have signed up to there, and signs nothing up to there again",
                )),
        ))
        .subcommand(with_settings(
            Command::new("export").about("Print the record as a document for another machine"),
        ))
        .subcommand(with_settings(
            Command::new("import")
                .about("Take a document over: from then on nothing up to its height is signed")
                .arg(path("from", "FILE", "Document that export printed")),
        ))
        .subcommand(with_settings(
            Command::new("serve")
                .about("Sign for a node, over a socket or over TLS, until SIGTERM or Ctrl-C")
                .arg(path("socket", "FILE", "Socket to make; only its owner may use it").required(false))
                .arg(
                    Arg::new("listen")
                        .long("listen")
                        .value_name("ADDRESS")
                        .value_parser(clap::value_parser!(std::net::SocketAddr))
                        .help("Address for a node on another machine")
                        .requires("tls-dir")
                        .conflicts_with("socket"),
                )
                .arg(
                    path("tls-dir", "DIR", "The signer's certificate: ca.crt, tls.crt, tls.key")
                        .required(false)
                        .requires("listen"),
                ),
        ))
        .subcommand(
            Command::new("certificates")
                .about("Make certificates by which a node and its signer know each other over a network")
                .arg(path("dir", "DIR", "New folder: node/ and signer/, each with ca.crt, tls.crt, tls.key"))
                .arg(
                    Arg::new("name")
                        .long("name")
                        .value_name("HOST")
                        .required(true)
                        .action(ArgAction::Append)
                        .help("Host name or IP address under which the node reaches the signer; may be repeated"),
                )
                .arg(
                    Arg::new("days")
                        .long("days")
                        .value_name("DAYS")
                        .default_value("3650")
                        .value_parser(clap::value_parser!(u32).range(1..=36_500))
                        .help("How long they are valid"),
                ),
        )
}

fn snapshot() -> Command {
    let folder = |name: &'static str, help: &'static str| path(name, "DIR", help).required(false);
    let from = Arg::new("from")
        .long("from")
        .value_name("DIR|URL")
        .required(true)
        .action(ArgAction::Append)
        .help("A snapshot, a folder of some, or a server of some (http://HOST:PORT); repeat it for more sources");
    let block_hash = Arg::new("block-hash")
        .long("block-hash")
        .value_name("HASH")
        .help("Hash of the snapshot's block, as a node that you trust tells it");
    Command::new("snapshot")
        .about("The state at one height as files, from which another node begins")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(
            Command::new("create")
                .about("Make a snapshot of a stopped node's head")
                .arg(folder(
                    "to",
                    "Folder of snapshots; made if it is not there [default: snapshot.dir]",
                )),
        ))
        .subcommand(with_settings(
            Command::new("list")
                .about("Print the snapshots of a folder, oldest first, a line of JSON each")
                .arg(folder("in", "Folder of snapshots [default: snapshot.dir]")),
        ))
        .subcommand(with_settings(
            Command::new("verify")
                .about("Check all of a snapshot as a restore would; nothing is written")
                .arg(from.clone())
                .arg(block_hash.clone()),
        ))
        .subcommand(with_settings(
            Command::new("restore")
                .about("Begin with a snapshot in the data directory, which must hold no chain yet")
                .arg(from)
                .arg(block_hash)
                .arg(
                    Arg::new("if-empty")
                        .long("if-empty")
                        .action(ArgAction::SetTrue)
                        .help("Do nothing, and do it well, where there is a chain already: for what runs before each start"),
                ),
        ))
        .subcommand(with_settings(
            Command::new("serve")
                .about("Give the snapshots of a folder to other nodes, over HTTP, until SIGTERM or Ctrl-C")
                .arg(folder("in", "Folder of snapshots [default: snapshot.dir]"))
                .arg(
                    Arg::new("listen")
                        .long("listen")
                        .value_name("ADDRESS")
                        .required(true)
                        .value_parser(clap::value_parser!(std::net::SocketAddr))
                        .help("Address to listen on, such as 0.0.0.0:9537; port 0 takes a free one"),
                ),
        ))
}

fn export_blocks() -> Command {
    with_settings(
        Command::new("export-blocks")
            .about("Write the blocks of a stopped node into a file")
            .arg(path("to", "FILE", "File to write; must not be there"))
            .arg(height(
                "from",
                "First block [default: the oldest that is kept]",
            ))
            .arg(height("until", "Last block [default: the head]")),
    )
}

fn import_blocks() -> Command {
    with_settings(
        Command::new("import-blocks")
            .about("Execute the blocks of a file, checking all of them, and keep them")
            .arg(path("from", "FILE", "File that export-blocks wrote")),
    )
}

fn replay() -> Command {
    let directory = |name, help| path(name, "DIR", help);
    with_settings(
        Command::new("replay")
            .about("Execute every block of one data directory into another, checking all of it")
            .arg(directory(
                "from",
                "Data directory to read; its node must be stopped",
            ))
            .arg(directory(
                "into",
                "Data directory to write; made if it is not there",
            )),
    )
}

fn verify() -> Command {
    let from = "First block to execute [default: the last 32, as far as they can be]";
    with_settings(
        Command::new("verify")
            .about("Execute the blocks of a stopped node again and compare what it stored; nothing is written")
            .arg(height("from", from)),
    )
}

fn configuration() -> Command {
    let origin = Arg::new("origin")
        .long("origin")
        .action(ArgAction::SetTrue)
        .help("Say where each value comes from");
    Command::new("config")
        .about("The configuration: what holds, what is allowed")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with_settings(
            Command::new("show")
                .about("Print the configuration that holds, as a file")
                .arg(origin),
        ))
        .subcommand(with_settings(
            Command::new("validate")
                .about("Check the configuration and say nothing more than that"),
        ))
        .subcommand(Command::new("schema").about("Print the JSON schema of the file"))
        .subcommand(Command::new("docs").about("Print the page that explains every setting"))
}

/// For who writes documentation.
fn reference() -> Command {
    Command::new("reference")
        .about("Print a page of docs/reference")
        .hide(true)
        .subcommand_required(true)
        .subcommand(Command::new("command").about("The command line"))
        .subcommand(Command::new("metrics").about("What /metrics tells"))
}

fn with_settings(command: Command) -> Command {
    command.args(config::flags()).after_help(EXIT_CODES)
}
