//! Networks that the user knows by name: where a node is, and which chain it must be on.
//!
//! ```text
//! ~/.config/argosy/networks.toml     default = "harbour"
//!                                    [networks.harbour]
//!                                    url = "…", chain = "0x…", hrp = "targo"
//! which node: --rpc-url, --network, ARGOSY_RPC_URL, ARGOSY_NETWORK, the default, this machine
//! ```
//!
//! Always: the file is replaced whole or not at all; a node on another chain than the one that was
//! remembered is refused (`Session`).
//! Not here: asking the node which chain it is on (`commands::network`).

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use argosy_primitives::{GenesisHash, Hrp};
use argosy_sdk::DEFAULT_URL;
use serde::{Deserialize, Serialize};

use crate::account::closest;
use crate::args::GlobalArgs;
use crate::failure::Failure;
use crate::keys::check_name;

/// The name of a node on this machine, which is always known.
pub(crate) const LOCAL: &str = "local";
/// Most networks that are remembered.
const NETWORKS_MAX: usize = 1000;
/// The largest file that is read.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
const RPC_URL: &str = "ARGOSY_RPC_URL";
const NETWORK: &str = "ARGOSY_NETWORK";

/// A network as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Network {
    /// Where its node is.
    pub(crate) url: String,
    /// The genesis hash of its chain.
    pub(crate) chain: String,
    /// What its addresses begin with.
    pub(crate) hrp: String,
}

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Book {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<String>,
    #[serde(default)]
    pub(crate) networks: BTreeMap<String, Network>,
}

/// Which node a command talks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its name, unless it was given by its address.
    pub(crate) name: Option<String>,
    pub(crate) url: String,
    /// The chain that it must be on.
    pub(crate) chain: Option<GenesisHash>,
    /// What addresses begin with, if that is known without asking.
    pub(crate) hrp: Option<Hrp>,
}

/// The node that the options, the environment and the file name.
pub(crate) fn choose(global: &GlobalArgs) -> Result<Place, Failure> {
    let from_environment = |name: &str| std::env::var(name).ok().filter(|it| !it.is_empty());
    choose_from(global, from_environment, || Networks::usual()?.load())
}

fn choose_from(
    global: &GlobalArgs,
    environment: impl Fn(&str) -> Option<String>,
    book: impl FnOnce() -> Result<Book, Failure>,
) -> Result<Place, Failure> {
    match (&global.rpc_url, &global.network) {
        (Some(_), Some(_)) => {
            let failure = Failure::usage("--rpc-url and --network both name a node");
            return Err(failure.hint("leave one of them out"));
        }
        (Some(url), None) => return Ok(Place::at(url)),
        (None, Some(name)) => return book()?.place(name),
        (None, None) => {}
    }
    if let Some(url) = environment(RPC_URL) {
        return Ok(Place::at(&url));
    }
    if let Some(name) = environment(NETWORK) {
        return book()?.place(&name);
    }
    let book = book()?;
    match &book.default {
        Some(name) => book.place(name),
        None => Ok(Place::local()),
    }
}

impl Place {
    fn at(url: &str) -> Place {
        Place {
            name: None,
            url: url.to_owned(),
            chain: None,
            hrp: None,
        }
    }

    fn local() -> Place {
        Place {
            name: Some(LOCAL.to_owned()),
            ..Place::at(DEFAULT_URL)
        }
    }
}

impl Book {
    /// Names of all networks, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        self.networks.keys().cloned().collect()
    }

    /// The name that is used when none is given.
    pub(crate) fn current(&self) -> &str {
        self.default.as_deref().unwrap_or(LOCAL)
    }

    /// Remembers a network under a new name.
    pub(crate) fn add(&mut self, name: &str, network: Network) -> Result<(), Failure> {
        check_new_name(name)?;
        if self.networks.contains_key(name) {
            let failure = Failure::failed(format!("there is a network {name} already"));
            return Err(failure.hint(format!("forget it first: argosy network remove {name}")));
        }
        if self.networks.len() >= NETWORKS_MAX {
            let message = format!("{NETWORKS_MAX} networks are remembered, which is the most");
            return Err(Failure::failed(message).hint("forget one: argosy network remove NAME"));
        }
        self.networks.insert(name.to_owned(), network);
        Ok(())
    }

    /// Makes a network the one that is used when none is named.
    pub(crate) fn choose(&mut self, name: &str) -> Result<(), Failure> {
        self.place(name)?;
        self.default = (name != LOCAL).then(|| name.to_owned());
        Ok(())
    }

    /// Forgets a network.
    pub(crate) fn remove(&mut self, name: &str) -> Result<(), Failure> {
        if self.networks.remove(name).is_none() {
            return Err(self.unknown(name));
        }
        if self.default.as_deref() == Some(name) {
            self.default = None;
        }
        Ok(())
    }

    fn place(&self, name: &str) -> Result<Place, Failure> {
        let Some(network) = self.networks.get(name) else {
            return match name {
                LOCAL => Ok(Place::local()),
                _ => Err(self.unknown(name)),
            };
        };
        let wrong = |what: &str, error: &dyn std::fmt::Display| {
            let failure = Failure::failed(format!("network {name}: {what}: {error}"));
            failure.hint(format!(
                "forget it and add it again: argosy network remove {name}"
            ))
        };
        let chain = network.chain.parse::<GenesisHash>();
        let chain = chain.map_err(|it| wrong("chain", &it))?;
        let hrp = network.hrp.parse::<Hrp>().map_err(|it| wrong("hrp", &it))?;
        Ok(Place {
            name: Some(name.to_owned()),
            url: network.url.clone(),
            chain: Some(chain),
            hrp: Some(hrp),
        })
    }

    fn unknown(&self, name: &str) -> Failure {
        let failure = Failure::usage(format!("no network is called {name}"));
        let known = self.networks.keys().map(String::as_str).chain([LOCAL]);
        match closest(name, known) {
            Some(near) => failure.hint(format!("did you mean {near}?")),
            None => failure.hint("`argosy network list` lists them"),
        }
    }
}

/// Whether a network may be called so.
pub(crate) fn check_new_name(name: &str) -> Result<(), Failure> {
    check_name(name).map_err(Failure::usage)?;
    match name {
        LOCAL => Err(Failure::usage("local is a node on this machine").hint("choose another name")),
        _ => Ok(()),
    }
}

/// The file.
#[derive(Debug, Clone)]
pub(crate) struct Networks {
    path: PathBuf,
}

impl Networks {
    /// The user's own file, as the XDG rules say; without a home there is none.
    pub(crate) fn usual() -> Result<Networks, Failure> {
        let absolute = |name: &str| {
            let path = std::env::var_os(name).map(PathBuf::from);
            path.filter(|it| it.is_absolute())
        };
        let folder = absolute("XDG_CONFIG_HOME")
            .or_else(|| Some(absolute("HOME")?.join(".config")))
            .unwrap_or_default();
        Ok(Networks {
            path: folder.join("argosy").join("networks.toml"),
        })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What it says; nothing if it is not there.
    pub(crate) fn load(&self) -> Result<Book, Failure> {
        let shown = self.path.display();
        let facts = match std::fs::metadata(&self.path) {
            Ok(facts) => facts,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Book::default());
            }
            Err(error) => return Err(Failure::failed(format!("cannot read {shown}: {error}"))),
        };
        if facts.len() > FILE_BYTES_MAX {
            return Err(Failure::failed(format!(
                "{shown} has more than {FILE_BYTES_MAX} bytes"
            )));
        }
        let text = std::fs::read_to_string(&self.path);
        let text = text.with_context(|| format!("cannot read {shown}"))?;
        toml::from_str(&text).map_err(|error| {
            let failure = Failure::failed(format!("{shown} is damaged: {}", error.message()));
            failure.hint("mend it, or delete it and add your networks again")
        })
    }

    /// Replaces it.
    pub(crate) fn save(&self, book: &Book) -> Result<(), Failure> {
        let shown = self.path.display();
        let folder = self.path.parent().filter(|it| it.is_absolute());
        let folder = folder.ok_or_else(|| {
            let failure = Failure::usage("there is no folder for settings");
            failure.hint("set HOME or XDG_CONFIG_HOME")
        })?;
        let text = toml::to_string(book).context("networks cannot be written as TOML")?;
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(folder)?;
            let mut scratch = tempfile::NamedTempFile::new_in(folder)?;
            scratch.write_all(text.as_bytes())?;
            scratch.as_file().sync_all()?;
            scratch.persist(&self.path)?;
            Ok(())
        };
        Ok(write().with_context(|| format!("cannot write {shown}"))?)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Cli;

    fn harbour() -> Book {
        let network = Network {
            url: "http://harbour".to_owned(),
            chain: format!("0x{}", "07".repeat(32)),
            hrp: "targo".to_owned(),
        };
        let mut book = Book::default();
        book.add("harbour", network).unwrap();
        book
    }

    /// The URL for these words and this environment.
    fn chosen(words: &str, environment: &[(&str, &str)], book: Book) -> Result<String, Failure> {
        let words = words.split_whitespace().chain(["doctor"]);
        let global = Cli::try_parse_from([&["argosy"][..], &words.collect::<Vec<_>>()].concat());
        let lookup = |name: &str| {
            let found = environment.iter().find(|it| it.0 == name);
            found.map(|it| it.1.to_owned())
        };
        choose_from(&global.unwrap().global, lookup, || Ok(book)).map(|it| it.url)
    }

    #[test]
    fn the_nearest_word_counts() {
        let both = [(RPC_URL, "http://environment"), (NETWORK, "harbour")];
        let mut used = harbour();
        used.choose("harbour").unwrap();
        let check = |words: &str, environment: &[_], expected: &str| {
            let found = chosen(words, environment, used.clone()).unwrap();
            assert_eq!(found, expected, "{words}");
        };
        check("--rpc-url http://flag", &both, "http://flag");
        check("--network harbour", &both, "http://harbour");
        check("--network local", &both, DEFAULT_URL);
        check("", &both, "http://environment");
        check("", &both[1..], "http://harbour");
        check("", &[], "http://harbour");
        assert_eq!(chosen("", &[], Book::default()).unwrap(), DEFAULT_URL);
        let two = chosen("--rpc-url x --network y", &[], Book::default());
        assert!(two.unwrap_err().message().contains("both name a node"));
        assert!(chosen("--network harbor", &[], harbour()).is_err());
    }

    #[test]
    fn names_are_taken_once() {
        let mut book = harbour();
        let again = book.networks["harbour"].clone();
        assert!(book.add("harbour", again.clone()).is_err());
        assert!(book.add(LOCAL, again.clone()).is_err());
        assert!(book.add("../x", again).is_err());
        book.choose("harbour").unwrap();
        book.remove("harbour").unwrap();
        assert_eq!(book.current(), LOCAL);
        assert!(book.remove("harbour").is_err());
    }

    #[test]
    fn the_file_is_read_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = Networks {
            path: dir.path().join("deep").join("networks.toml"),
        };
        assert_eq!(file.load().unwrap(), Book::default());
        let mut book = harbour();
        book.choose("harbour").unwrap();
        file.save(&book).unwrap();
        assert_eq!(file.load().unwrap(), book);
        std::fs::write(file.path(), "default = 7").unwrap();
        assert!(file.load().unwrap_err().message().contains("is damaged"));
    }
}
