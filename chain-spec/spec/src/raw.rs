//! The chain spec file's shape, before texts become addresses, keys and amounts.
//!
//! Invariant: every struct refuses unknown keys, so a misspelt limit is never silently default.
//! Not here: ranges and rules between values (`bounded`, `check`).

use std::collections::{BTreeMap, BTreeSet};

use argosy_primitives::{AbiKind, ActionKind, Address, Hrp, PublicKey};
use serde::Deserialize;

use crate::{
    AbiLimits, ActionGas, Agreement, ChainLimits, ChainSpec, ConsensusTimes, Fees, Genesis,
    GenesisAccount, GenesisValidator, HostPrices, InstructionPrices, LoadPrices, Network, Protocol,
    ProtocolVersion, SpecError, UploadPrices, amount::parse_amount,
};

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSpec {
    network: RawNetwork,
    protocol: RawProtocol,
    genesis: RawGenesis,
    consensus: ConsensusTimes,
    limits: ChainLimits,
    fees: RawFees,
    vm: BTreeMap<String, AbiLimits>,
    instruction_prices: InstructionPrices,
    load_prices: LoadPrices,
    upload_prices: UploadPrices,
    host_prices: HostPrices,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNetwork {
    name: String,
    hrp: String,
    token_symbol: String,
    token_decimals: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProtocol {
    genesis_version: u32,
    agreement: String,
    versions: Vec<RawVersion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVersion {
    version: u32,
    actions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGenesis {
    time_ms: u64,
    base_price: u64,
    accounts: Vec<RawAccount>,
    validators: Vec<RawValidator>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAccount {
    name: Option<String>,
    address: String,
    balance: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawValidator {
    name: Option<String>,
    key: String,
    power: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFees {
    base_price_min: u64,
    base_price_change_denominator: u64,
    tx_gas: u64,
    tx_byte_gas: u64,
    action_gas: ActionGas,
    account_deposit: String,
    storage_deposit_per_byte: String,
    storage_deposit_per_item: String,
    code_deposit_per_byte: String,
}

impl RawSpec {
    /// Reads the text; a text that is TOML but not of this shape is told apart from no TOML.
    pub(crate) fn parse(text: &str) -> Result<RawSpec, SpecError> {
        toml::from_str(text).map_err(|error| match toml::from_str::<toml::Table>(text) {
            Ok(_) => SpecError::Shape(error),
            Err(error) => SpecError::Syntax(error),
        })
    }

    /// Turns texts into what they stand for.
    pub(crate) fn resolve(self) -> Result<ChainSpec, SpecError> {
        let network = self.network.resolve()?;
        Ok(ChainSpec {
            protocol: self.protocol.resolve()?,
            genesis: self.genesis.resolve(&network)?,
            fees: self.fees.resolve(&network)?,
            vm: resolve_vm(self.vm)?,
            network,
            consensus: self.consensus,
            limits: self.limits,
            instruction_prices: self.instruction_prices,
            load_prices: self.load_prices,
            upload_prices: self.upload_prices,
            host_prices: self.host_prices,
        })
    }
}

impl RawNetwork {
    fn resolve(self) -> Result<Network, SpecError> {
        let hrp = self.hrp.parse::<Hrp>().map_err(|error| SpecError::Text {
            key: "network.hrp".into(),
            found: self.hrp,
            expected: error.expected.into(),
        })?;
        Ok(Network {
            name: self.name,
            hrp,
            token_symbol: self.token_symbol,
            token_decimals: self.token_decimals,
        })
    }
}

impl RawProtocol {
    fn resolve(self) -> Result<Protocol, SpecError> {
        let versions = self.versions.into_iter().enumerate();
        let versions = versions.map(|(index, raw)| raw.resolve(index));
        Ok(Protocol {
            genesis_version: self.genesis_version,
            agreement: parse_agreement(self.agreement)?,
            versions: versions.collect::<Result<_, _>>()?,
        })
    }
}

fn parse_agreement(text: String) -> Result<Agreement, SpecError> {
    match text.as_str() {
        "solo" => Ok(Agreement::Solo),
        "bft" => Ok(Agreement::Bft),
        _ => Err(SpecError::Text {
            key: "protocol.agreement".into(),
            found: text,
            expected: "`solo` (one validator, alone) or `bft` (validators agree)".into(),
        }),
    }
}

impl RawVersion {
    fn resolve(self, index: usize) -> Result<ProtocolVersion, SpecError> {
        let key = format!("protocol.versions[{index}].actions");
        let mut actions = BTreeSet::new();
        for name in self.actions {
            let kind = name
                .parse::<ActionKind>()
                .map_err(|error| SpecError::Text {
                    key: key.clone(),
                    found: name.clone(),
                    expected: error.expected.into(),
                })?;
            if !actions.insert(kind) {
                return Err(SpecError::Duplicate { key, found: name });
            }
        }
        Ok(ProtocolVersion {
            version: self.version,
            actions,
        })
    }
}

impl RawGenesis {
    fn resolve(self, network: &Network) -> Result<Genesis, SpecError> {
        let accounts = self.accounts.into_iter().enumerate();
        let accounts = accounts.map(|(index, raw)| raw.resolve(index, network));
        let validators = self.validators.into_iter().enumerate();
        let validators = validators.map(|(index, raw)| raw.resolve(index));
        Ok(Genesis {
            time_ms: self.time_ms,
            base_price: self.base_price,
            accounts: accounts.collect::<Result<_, _>>()?,
            validators: validators.collect::<Result<_, _>>()?,
        })
    }
}

impl RawAccount {
    fn resolve(self, index: usize, network: &Network) -> Result<GenesisAccount, SpecError> {
        let key = format!("genesis.accounts[{index}].address");
        let (found, address) = Address::parse(&self.address).map_err(|error| SpecError::Text {
            key: key.clone(),
            found: self.address,
            expected: format!("an address such as `{}1…` ({error})", network.hrp.as_str()),
        })?;
        if found != network.hrp {
            let expected = network.hrp;
            return Err(SpecError::WrongNetwork {
                key,
                found,
                expected,
            });
        }
        let key = format!("genesis.accounts[{index}].balance");
        Ok(GenesisAccount {
            name: self.name,
            address,
            balance: parse_amount(&key, &self.balance, network)?,
        })
    }
}

impl RawValidator {
    fn resolve(self, index: usize) -> Result<GenesisValidator, SpecError> {
        let key = self
            .key
            .parse::<PublicKey>()
            .map_err(|error| SpecError::Text {
                key: format!("genesis.validators[{index}].key"),
                found: self.key,
                expected: error.expected.into(),
            })?;
        Ok(GenesisValidator {
            name: self.name,
            key,
            power: self.power,
        })
    }
}

impl RawFees {
    fn resolve(self, network: &Network) -> Result<Fees, SpecError> {
        let amount = |key: &str, text: &str| parse_amount(&format!("fees.{key}"), text, network);
        Ok(Fees {
            base_price_min: self.base_price_min,
            base_price_change_denominator: self.base_price_change_denominator,
            tx_gas: self.tx_gas,
            tx_byte_gas: self.tx_byte_gas,
            action_gas: self.action_gas,
            account_deposit: amount("account_deposit", &self.account_deposit)?,
            storage_deposit_per_byte: amount(
                "storage_deposit_per_byte",
                &self.storage_deposit_per_byte,
            )?,
            storage_deposit_per_item: amount(
                "storage_deposit_per_item",
                &self.storage_deposit_per_item,
            )?,
            code_deposit_per_byte: amount("code_deposit_per_byte", &self.code_deposit_per_byte)?,
        })
    }
}

fn resolve_vm(raw: BTreeMap<String, AbiLimits>) -> Result<BTreeMap<AbiKind, AbiLimits>, SpecError> {
    let columns = raw.into_iter().map(|(name, limits)| {
        let kind = name.parse::<AbiKind>().map_err(|error| SpecError::Text {
            key: "vm".into(),
            found: name,
            expected: error.expected.into(),
        })?;
        Ok((kind, limits))
    });
    columns.collect()
}
