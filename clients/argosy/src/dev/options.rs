//! What may be chosen of a development chain: its accounts, their funds, the size of its blocks.
//!
//! Always: whoever chooses nothing gets the built-in chain, with its genesis hash; any choice makes
//! another chain. The choices are noted in the state file, so that one need not repeat them; a phrase
//! is not.

use std::path::Path;
use std::sync::Arc;

use argosy_driver::StateFile;
use argosy_sdk::Token;
use argosy_sdk::wallet::{DEV_NAMES, DEV_PHRASE, Phrase, Signer};
use argosy_spec::{ChainSpec, GenesisAccount};
use serde::{Deserialize, Serialize};

use crate::args::DevChainArgs;
use crate::failure::Failure;

const ACCOUNTS: u32 = 10;

/// What was chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Options {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accounts: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    balance: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    block_gas: Option<u64>,
    /// The keys come from a phrase of the user's.
    #[serde(default, skip_serializing_if = "is_false")]
    own_phrase: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_false(value: &bool) -> bool {
    !value
}

/// The chain that was chosen.
pub(super) struct Chosen {
    pub(super) spec: Arc<ChainSpec>,
    pub(super) accounts: Vec<(String, Signer)>,
    pub(super) file: Option<StateFile>,
}

impl Options {
    /// What the command line says, or else the state file.
    fn of(args: &DevChainArgs) -> Result<Options, Failure> {
        let said = Options {
            accounts: args.accounts,
            balance: args.balance.clone(),
            block_gas: args.block_gas,
            own_phrase: args.mnemonic.is_some(),
        };
        let noted = args.state.as_deref().map(noted).transpose()?.flatten();
        let Some(noted) = noted else {
            return Ok(said);
        };
        if noted.own_phrase && !said.own_phrase {
            return Err(Failure::usage(
                "the accounts in the state file have keys of another phrase: give it by --mnemonic",
            ));
        }
        let says_nothing = Options {
            own_phrase: false,
            ..said.clone()
        } == Options::default();
        match says_nothing && said.own_phrase == noted.own_phrase {
            true => Ok(noted),
            false => Ok(said),
        }
    }

    fn spec(&self, accounts: &[(String, Signer)]) -> Result<ChainSpec, Failure> {
        let mut spec = ChainSpec::dev();
        if *self == Options::default() {
            return Ok(spec);
        }
        let token = Token {
            symbol: spec.network.token_symbol.clone(),
            decimals: spec.network.token_decimals,
        };
        let usual = spec.genesis.accounts.first().map_or(0, |it| it.balance);
        let balance = self.balance.as_deref().map(|it| token.parse(it));
        let balance = balance
            .transpose()
            .map_err(Failure::usage)?
            .unwrap_or(usual);
        let account = |(name, signer): &(String, Signer)| GenesisAccount {
            name: Some(name.clone()),
            address: signer.address(),
            balance,
        };
        spec.genesis.accounts = accounts.iter().map(account).collect();
        if let Some(block_gas) = self.block_gas {
            // As many bytes more as gas, as far as any chain may have them.
            let times = block_gas.div_ceil(spec.limits.block_gas_max.max(1));
            let times = u32::try_from(times).unwrap_or(u32::MAX);
            let bytes = spec.limits.block_size_bytes_max.saturating_mul(times);
            spec.limits.block_size_bytes_max = bytes.min(BLOCK_BYTES_MAX);
            spec.limits.block_gas_max = block_gas;
        }
        spec.checked().map_err(Failure::usage)
    }
}

/// The most that a spec may say.
const BLOCK_BYTES_MAX: u32 = 8 << 20;

/// What the state file notes; `None`: it is not there yet.
fn noted(path: &Path) -> Result<Option<Options>, Failure> {
    let Some(notes) = StateFile::notes(path).map_err(Failure::failed)? else {
        return Ok(None);
    };
    let options = serde_json::from_str(&notes).map_err(|error| {
        Failure::failed(format!("{}: {error}", path.display()))
            .hint("another version of argosy wrote it; take that one, or another file")
    })?;
    Ok(Some(options))
}

/// The chain that the arguments, or else the state file, ask for.
pub(super) fn choose(args: &DevChainArgs) -> Result<Chosen, Failure> {
    let options = Options::of(args)?;
    let accounts = accounts_of(args, options.accounts)?;
    let spec = Arc::new(options.spec(&accounts)?);
    let notes = serde_json::to_string(&options).map_err(Failure::failed)?;
    let file = args.state.clone().map(|path| StateFile::new(path, notes));
    Ok(Chosen {
        spec,
        accounts,
        file,
    })
}

/// The accounts that the arguments ask for, whatever they have on a chain.
pub(super) fn accounts(args: &DevChainArgs) -> Result<Vec<(String, Signer)>, Failure> {
    accounts_of(args, args.accounts)
}

fn accounts_of(args: &DevChainArgs, count: Option<u32>) -> Result<Vec<(String, Signer)>, Failure> {
    let phrase = args.mnemonic.as_deref().unwrap_or(DEV_PHRASE);
    let phrase = Phrase::parse(phrase, "").map_err(Failure::usage)?;
    let mut accounts = Vec::new();
    for number in 0..count.unwrap_or(ACCOUNTS) {
        let signer = phrase.account(number).map_err(Failure::usage)?;
        accounts.push((name_of(number), signer));
    }
    Ok(accounts)
}

fn name_of(number: u32) -> String {
    let known = DEV_NAMES.get(number as usize);
    known.map_or_else(|| format!("dev{number}"), |it| (*it).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(options: &Options) -> Chosen {
        let args = DevChainArgs {
            accounts: options.accounts,
            balance: options.balance.clone(),
            block_gas: options.block_gas,
            ..args()
        };
        choose(&args).unwrap()
    }

    fn args() -> DevChainArgs {
        use clap::Parser as _;
        let cli = crate::args::Cli::try_parse_from(["argosy", "dev"]).unwrap();
        match cli.command {
            crate::args::Command::Dev(args) => DevChainArgs {
                mnemonic: None,
                ..args.chain
            },
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn who_chooses_nothing_gets_the_built_in_chain() {
        let chosen = chosen(&Options::default());
        assert_eq!(chosen.spec.genesis_hash(), ChainSpec::dev().genesis_hash());
        assert_eq!(chosen.accounts.len(), 10);
        assert_eq!(chosen.accounts[0].0, "alice");
    }

    #[test]
    fn choices_make_another_chain_that_obeys_the_rules() {
        let options = Options {
            accounts: Some(12),
            balance: Some("5".to_owned()),
            block_gas: Some(3_000_000_000),
            own_phrase: false,
        };
        let spec = chosen(&options).spec;
        assert_ne!(spec.genesis_hash(), ChainSpec::dev().genesis_hash());
        let last = spec.genesis.accounts.last().unwrap();
        assert_eq!(last.name.as_deref(), Some("dev11"));
        assert_eq!(last.balance, 5_000_000_000_000);
        assert_eq!(spec.limits.block_gas_max, 3_000_000_000);
        // Room for 10 000 transfers of about 250 bytes.
        assert!(spec.limits.block_size_bytes_max > 4 << 20);
        let notes = serde_json::to_string(&options).unwrap();
        assert_eq!(serde_json::from_str::<Options>(&notes).unwrap(), options);
    }

    #[test]
    fn what_does_not_add_up_is_told() {
        for balance in ["x", "1e3", "99999999999999999999999999"] {
            let args = DevChainArgs {
                balance: Some(balance.to_owned()),
                ..args()
            };
            assert!(choose(&args).is_err(), "{balance}");
        }
        let args = DevChainArgs {
            mnemonic: Some("test test junk".to_owned()),
            ..args()
        };
        assert!(choose(&args).is_err());
    }
}
