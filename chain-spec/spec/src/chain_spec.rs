//! The chain spec as a whole: its parts, its sources, its hash.

use std::collections::{BTreeMap, BTreeSet};

use argosy_primitives::{
    AbiKind, ActionKind, Address, Balance, Domain, GenesisHash, Hrp, PublicKey, TimestampMs,
};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::{
    AbiLimits, ChainLimits, ConsensusTimes, Fees, HostPrices, InstructionPrices, LoadPrices,
    SpecError, UploadPrices, raw::RawSpec,
};

/// Everything the nodes of one chain agree on before its first block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct ChainSpec {
    /// Names and units.
    pub network: Network,
    /// Protocol versions and what they activate.
    pub protocol: Protocol,
    /// State at height 0.
    pub genesis: Genesis,
    /// Pace and patience of agreement between validators.
    pub consensus: ConsensusTimes,
    /// Limits of blocks, transactions and calls.
    pub limits: ChainLimits,
    /// Gas and deposits besides execution.
    pub fees: Fees,
    /// Limits of contract modules per ABI; an ABI without an entry is not offered.
    pub vm: BTreeMap<AbiKind, AbiLimits>,
    /// Prices of Wasm instructions.
    pub instruction_prices: InstructionPrices,
    /// Prices of code and memory.
    pub load_prices: LoadPrices,
    /// Prices of validating and instrumenting an upload.
    pub upload_prices: UploadPrices,
    /// Prices of host functions.
    pub host_prices: HostPrices,
}

/// How the network and its token are called.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Network {
    /// Name for people and logs.
    pub name: String,
    /// Prefix of address texts.
    pub hrp: Hrp,
    /// Symbol of the token.
    pub token_symbol: String,
    /// A token has `10^token_decimals` smallest units.
    pub token_decimals: u8,
}

/// The protocol versions that genesis knows; later ones come by governance.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Protocol {
    /// Version in force from the first block.
    pub genesis_version: u32,
    /// How blocks are decided.
    pub agreement: Agreement,
    /// Versions in ascending order.
    pub versions: Vec<ProtocolVersion>,
}

/// How blocks are decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub enum Agreement {
    /// The only validator decides alone; blocks carry no certificates.
    #[codec(index = 0)]
    Solo,
    /// Validators agree, and each block carries the certificate of the one before.
    #[codec(index = 1)]
    Bft,
}

/// One protocol version.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct ProtocolVersion {
    /// Its number, as in block headers.
    pub version: u32,
    /// The actions it lets into blocks; every other one is refused at admission.
    pub actions: BTreeSet<ActionKind>,
}

/// State at height 0.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Genesis {
    /// Time of the genesis block.
    pub time_ms: TimestampMs,
    /// Base price of the first block, in smallest units per gas.
    pub base_price: u64,
    /// Accounts with funds, in the order of the file.
    pub accounts: Vec<GenesisAccount>,
    /// The first validators, in the order of the file.
    pub validators: Vec<GenesisValidator>,
}

/// An account that has funds from the start.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct GenesisAccount {
    /// Name for people; tools may offer it as an alias.
    pub name: Option<String>,
    /// Its address.
    pub address: Address,
    /// Its funds, in smallest units.
    pub balance: Balance,
}

/// A validator of the first set.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct GenesisValidator {
    /// Name for people.
    pub name: Option<String>,
    /// Key that signs proposals and votes.
    pub key: PublicKey,
    /// Voting power.
    pub power: u64,
}

impl ChainSpec {
    /// The text of the built-in spec of development chains, from which others can be written.
    pub const DEV_TOML: &str = include_str!("../../networks/dev.toml");

    /// Reads and checks a spec; the error names the key and what to do about it.
    pub fn from_toml(text: &str) -> Result<ChainSpec, SpecError> {
        let spec = RawSpec::parse(text)?.resolve()?;
        spec.check()?;
        Ok(spec)
    }

    /// The spec of development chains, `chain-spec/networks/dev.toml`.
    pub fn dev() -> ChainSpec {
        ChainSpec::from_toml(ChainSpec::DEV_TOML).expect("the built-in file is read by a test")
    }

    /// This spec, if it obeys every rule: for one whose values were changed after it was read.
    pub fn checked(self) -> Result<ChainSpec, SpecError> {
        self.check()?;
        Ok(self)
    }

    /// The chain's identity: a hash of the values, whatever the file's text looked like.
    pub fn genesis_hash(&self) -> GenesisHash {
        GenesisHash::from_bytes(Domain::GenesisHash.hash(&[&self.encode()]))
    }

    /// Limits of native contracts; every checked spec has them.
    pub fn native_limits(&self) -> &AbiLimits {
        self.vm
            .get(&AbiKind::Native)
            .expect("a spec without native limits is refused when it is read")
    }
}

impl Protocol {
    /// The version `number`, if this spec describes it.
    pub fn version(&self, number: u32) -> Option<&ProtocolVersion> {
        self.versions.iter().find(|it| it.version == number)
    }

    /// Whether version `number` lets actions of this kind into blocks.
    pub fn is_active(&self, number: u32, kind: ActionKind) -> bool {
        self.version(number)
            .is_some_and(|it| it.actions.contains(&kind))
    }
}
