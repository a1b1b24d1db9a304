//! `argosyd genesis …`: a chain spec from its first line to its hash.
//!
//! Not here: what makes a spec right (`argosy-spec`).

mod begin; // its first text
mod draft; // its edits

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use argosy_primitives::Hrp;
use argosy_spec::{Agreement, ChainSpec};
use clap::ArgMatches;
use serde_json::{Value, json};

pub(super) use begin::{NewChain, grouped};
pub(super) use draft::{Draft, DraftError, NewAccount, NewValidator};

use super::files::{self, Mode, argument, taken};
use super::print;
use crate::failure::{Exit, Failure};

/// More than this is no chain spec.
const SPEC_BYTES_MAX: u64 = 4 * 1024 * 1024;

pub(super) fn run(matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("new", matches)) => new(matches),
        Some(("add-account", matches)) => add_account(matches),
        Some(("add-validator", matches)) => add_validator(matches),
        Some(("check", matches)) => check(&argument(matches, "file")),
        Some(("hash", matches)) => hash(&argument(matches, "file")),
        other => Err(Failure::new(
            Exit::Usage,
            format!("no command genesis {}", other.map_or("", |it| it.0)),
        )),
    }
}

fn new(matches: &ArgMatches) -> Result<(), Failure> {
    let path = argument(matches, "out");
    if path.exists() {
        return Err(taken(&path));
    }
    let new = NewChain {
        name: text(matches, "network"),
        hrp: matches.get_one("hrp").copied().unwrap_or(Hrp::Dev),
        time_ms: matches.get_one("time-ms").copied().unwrap_or_else(now_ms),
        target_time_ms: None,
    };
    let from = matches.get_one::<PathBuf>("from");
    let template = from.map(|it| files::read(it, SPEC_BYTES_MAX)).transpose()?;
    // A template that no node would take is told apart from words that do not fit into a good one.
    if let (Some(from), Some(template)) = (from, &template) {
        ChainSpec::from_toml(template).map_err(|error| wrong(from, &error))?;
    }
    let draft = Draft::begin(&new, template.as_deref()).map_err(|error| wrong(&path, &error))?;
    files::create(&path, &draft.to_string(), Mode::Public)?;
    tell(&path, &draft)
}

fn add_account(matches: &ArgMatches) -> Result<(), Failure> {
    let account = NewAccount {
        name: matches.get_one("name").cloned(),
        address: text(matches, "address"),
        balance: text(matches, "balance"),
    };
    edit(&argument(matches, "file"), |it| it.add_account(&account))
}

fn add_validator(matches: &ArgMatches) -> Result<(), Failure> {
    let validator = NewValidator {
        name: matches.get_one("name").cloned(),
        key: text(matches, "key"),
        power: matches.get_one("power").copied().unwrap_or_default(),
    };
    edit(&argument(matches, "file"), |it| {
        it.add_validator(&validator)
    })
}

/// Changes a spec that was right so far into another one.
fn edit(
    path: &Path,
    change: impl FnOnce(&mut Draft) -> Result<(), DraftError>,
) -> Result<(), Failure> {
    let text = files::read(path, SPEC_BYTES_MAX)?;
    let mut draft = Draft::parse(&text).map_err(|error| wrong(path, &error))?;
    change(&mut draft).map_err(|error| {
        let message = format!("{} stays as it was: {error}", path.display());
        Failure::new(Exit::Usage, message)
    })?;
    files::replace(path, &draft.to_string())?;
    tell(path, &draft)
}

/// Where the draft is, and what to do next.
fn tell(path: &Path, draft: &Draft) -> Result<(), Failure> {
    let (accounts, validators) = draft.counts();
    let spec = draft.check().map_err(|error| wrong(path, &error))?;
    let mut document = json!({
        "file": path.display().to_string(),
        "network": draft.name(),
        "accounts": accounts,
        "validators": validators,
    });
    let missing = match (accounts, validators) {
        (0, _) => Some("genesis add-account"),
        (_, 0) => Some("genesis add-validator"),
        (_, _) => None,
    };
    if let (Some(command), Some(fields)) = (missing, document.as_object_mut()) {
        fields.insert("next".into(), json!(format!("argosyd {command}")));
    }
    if let (Some(spec), Some(fields)) = (spec, document.as_object_mut()) {
        fields.insert("genesisHash".into(), hash_of(&spec));
    }
    print(&format!("{document}\n"));
    Ok(())
}

fn check(path: &Path) -> Result<(), Failure> {
    let spec = load(path)?;
    let genesis = &spec.genesis;
    let powers = genesis.validators.iter().map(|it| it.power);
    // The spec is checked: the sums stay below 2^62 and 2^120.
    let power: u64 = powers.sum();
    let supply: u128 = genesis.accounts.iter().map(|it| it.balance).sum();
    let document = json!({
        "file": path.display().to_string(),
        "network": spec.network.name,
        "hrp": spec.network.hrp.as_str(),
        "agreement": match spec.protocol.agreement {
            Agreement::Solo => "solo",
            Agreement::Bft => "bft",
        },
        "accounts": genesis.accounts.len(),
        "supply": supply.to_string(),
        "validators": genesis.validators.len(),
        "power": power.to_string(),
        "powerToDecide": (power * 2 / 3 + 1).to_string(),
        "targetTimeMs": spec.consensus.target_time_ms,
        "genesisHash": hash_of(&spec),
    });
    print(&format!("{document}\n"));
    Ok(())
}

fn hash(path: &Path) -> Result<(), Failure> {
    let spec = load(path)?;
    print(&format!("{}\n", spec.genesis_hash()));
    Ok(())
}

/// A whole spec; what a draft lacks is an error that says how to add it.
fn load(path: &Path) -> Result<ChainSpec, Failure> {
    let text = files::read(path, SPEC_BYTES_MAX)?;
    ChainSpec::from_toml(&text).map_err(|error| match &error {
        argosy_spec::SpecError::Empty { key } if key == "genesis.accounts" => {
            wrong(path, &format!("{error} with argosyd genesis add-account"))
        }
        argosy_spec::SpecError::Empty { key } if key == "genesis.validators" => {
            wrong(path, &format!("{error} with argosyd genesis add-validator"))
        }
        _ => wrong(path, &error),
    })
}

fn hash_of(spec: &ChainSpec) -> Value {
    json!(spec.genesis_hash().to_string())
}

/// In the words in which `argosyd run` refuses it.
fn wrong(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    let message = format!("chain spec {}: {error}", path.display());
    Failure::new(Exit::Usage, message)
}

fn text(matches: &ArgMatches, name: &str) -> String {
    matches.get_one::<String>(name).cloned().unwrap_or_default()
}

/// The clock, in whole seconds: a chain that is begun anew is another one, whose transactions are not
/// those of the old one.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |it| it.as_secs().saturating_mul(1000))
}
