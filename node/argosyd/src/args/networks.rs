//! The command line of those who set up networks: keys, chain specs, networks on one machine.

use std::path::PathBuf;

use argosy_primitives::Hrp;
use clap::{Arg, ArgAction, Command, value_parser};

use super::path;
use crate::commands::KeyType;
use crate::failure::EXIT_CODES;

const TESTNET_LONG: &str = "\
Write a network for this machine: a chain spec, and for each node a folder with its configuration,
keys and data directory, all on loopback.

The accounts are those of development chains, whose keys are public: nothing on such a network is
worth anything. Prints a line of JSON per node; DIR/start.sh starts them all.";

/// A command of commands.
fn group(name: &'static str, about: &'static str) -> Command {
    Command::new(name)
        .about(about)
        .after_help(EXIT_CODES)
        .subcommand_required(true)
        .arg_required_else_help(true)
}

fn text(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

/// The file that a command is about, without a flag.
fn file(help: &'static str) -> Arg {
    Arg::new("file")
        .value_name("FILE")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help(help)
}

pub(super) fn keys() -> Command {
    let passphrase = |help| path("passphrase-file", "FILE", help).required(false);
    let kind = Arg::new("type")
        .long("type")
        .value_name("WORD")
        .default_value("validator")
        .value_parser(value_parser!(KeyType))
        .hide_possible_values(true)
        .help("validator: it signs votes, and is encrypted; node: it names the node to others, and is not");
    group("keys", "The keys of validators and nodes, as PKCS#8 files")
        .subcommand(
            Command::new("new")
                .about("Make a key; prints its public key and names as a line of JSON")
                .after_help(EXIT_CODES)
                .arg(path("out", "FILE", "File to write; must not be there"))
                .arg(kind)
                .arg(passphrase(
                    "Read the passphrase from this file instead of the terminal",
                )),
        )
        .subcommand(
            Command::new("inspect")
                .about("Print the public key and names of a key's file; needs no passphrase")
                .after_help(EXIT_CODES)
                .arg(file("The key's file"))
                .arg(passphrase(
                    "Check, too, that the passphrase in this file opens it",
                )),
        )
}

pub(super) fn genesis() -> Command {
    let spec = || path("file", "FILE", "The chain spec");
    let name = |help| text("name", "NAME", help);
    group(
        "genesis",
        "A chain spec: what the nodes of a chain agree on before its first block",
    )
    .subcommand(new_genesis())
    .subcommand(
        Command::new("add-account")
            .about("Add an account with funds to a chain spec")
            .after_help(EXIT_CODES)
            .arg(spec())
            .arg(
                text(
                    "address",
                    "ADDRESS",
                    "Its address, with the network's prefix",
                )
                .required(true),
            )
            .arg(
                text(
                    "balance",
                    "AMOUNT",
                    "Its funds, such as \"1000 ARGO\" or \"25 units\"",
                )
                .required(true),
            )
            .arg(name(
                "Its name, for people: lower-case letters, digits and -",
            )),
    )
    .subcommand(
        Command::new("add-validator")
            .about("Add a validator to a chain spec")
            .after_help(EXIT_CODES)
            .arg(spec())
            .arg(
                text(
                    "key",
                    "KEY",
                    "Its public key, ed25519:0x…, as `argosyd keys new` prints it",
                )
                .required(true),
            )
            .arg(
                text(
                    "power",
                    "NUMBER",
                    "Its voting power; blocks need more than two thirds of all",
                )
                .required(true)
                .value_parser(value_parser!(u64).range(1..)),
            )
            .arg(name(
                "Its name, for people: lower-case letters, digits and -",
            )),
    )
    .subcommand(
        Command::new("check")
            .about("Check a chain spec as a node does, and print what it says as a line of JSON")
            .after_help(EXIT_CODES)
            .arg(file("The chain spec")),
    )
    .subcommand(
        Command::new("hash")
            .about("Print the genesis hash: nodes with the same hash are of one chain")
            .after_help(EXIT_CODES)
            .arg(file("The chain spec")),
    )
}

fn new_genesis() -> Command {
    Command::new("new")
        .about("Begin a chain spec, without accounts and validators")
        .after_help(EXIT_CODES)
        .arg(
            text(
                "network",
                "NAME",
                "The network's name: letters, digits and -",
            )
            .required(true),
        )
        .arg(
            text(
                "hrp",
                "PREFIX",
                "Prefix of its addresses: argo (main), targo (test), dargo (dev)",
            )
            .required(true)
            .value_parser(value_parser!(Hrp)),
        )
        .arg(path("out", "FILE", "File to write; must not be there"))
        .arg(
            path(
                "from",
                "SPEC",
                "Take limits and prices of this chain spec [default: the built-in one]",
            )
            .required(false),
        )
        .arg(
            text(
                "time-ms",
                "MS",
                "Time of genesis, in milliseconds since 1970 [default: now]",
            )
            .value_parser(value_parser!(u64).range(..=i64::MAX as u64)),
        )
}

pub(super) fn testnet() -> Command {
    Command::new("testnet")
        .about("Write a network for this machine, ready to start")
        .long_about(TESTNET_LONG)
        .after_help(EXIT_CODES)
        .arg(
            text("validators", "N", "How many validators, 1 to 100")
                .required(true)
                .value_parser(value_parser!(u16).range(1..=100)),
        )
        .arg(
            text("full-nodes", "N", "How many nodes besides that do not vote; 100 nodes in all")
                .default_value("0")
                .value_parser(value_parser!(u16).range(0..=99)),
        )
        .arg(path("out", "DIR", "Folder to write; must be empty if it is there"))
        .arg(text("chain-name", "NAME", "The network's name: letters, digits and -").default_value("testnet"))
        .arg(
            text("hrp", "PREFIX", "Prefix of its addresses: dargo (dev) or targo (test)")
                .default_value("dargo")
                .value_parser(test_hrp),
        )
        .arg(
            text("base-port", "PORT", "Node I listens on PORT + 10·I (p2p), + 1 (gossip), + 2 (rpc) and + 3 (ops) [default: the usual ports + 10·I]")
                .value_parser(value_parser!(u16).range(1..)),
        )
        .arg(
            text("target-time", "TIME", "From block to block, such as 1s or 500ms; 0s: as fast as can be [default: 1s]")
                .value_parser(period_ms),
        )
        .arg(
            text("power", "N,…", "Voting power of each validator [default: 1 each]")
                .value_delimiter(',')
                .action(ArgAction::Append)
                .value_parser(value_parser!(u64).range(1..)),
        )
        .arg(
            text("accounts", "N", "How many of the ten development accounts have funds, 1 to 10; dev: all")
                .default_value("dev")
                .value_parser(dev_accounts),
        )
}

/// Accounts with public keys are no use on a main network.
fn test_hrp(text: &str) -> Result<Hrp, String> {
    match text.parse() {
        Ok(hrp @ (Hrp::Test | Hrp::Dev)) => Ok(hrp),
        Ok(Hrp::Main) | Err(_) => Err("expected dargo or targo".into()),
    }
}

/// `1s`, `500ms`.
fn period_ms(text: &str) -> Result<u64, String> {
    let (number, factor) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, 1),
        (None, Some(number)) => (number, 1000),
        (None, None) => ("", 0),
    };
    let digits = number.bytes().all(|it| it.is_ascii_digit());
    let number = digits.then(|| number.parse::<u64>().ok()?.checked_mul(factor));
    number
        .flatten()
        .ok_or_else(|| "expected a time such as 1s or 500ms".into())
}

fn dev_accounts(text: &str) -> Result<usize, String> {
    let count = if text == "dev" {
        Some(10)
    } else {
        text.parse().ok()
    };
    count
        .filter(|it| (1..=10).contains(it))
        .ok_or_else(|| "expected 1 to 10, or dev".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_exact() {
        assert_eq!(period_ms("1s"), Ok(1000));
        assert_eq!(period_ms("0s"), Ok(0));
        assert_eq!(period_ms("250ms"), Ok(250));
        for wrong in [
            "",
            "s",
            "ms",
            "1",
            "1m",
            "-1s",
            "1.5s",
            "99999999999999999s",
        ] {
            assert!(period_ms(wrong).is_err(), "{wrong}");
        }
    }
}
