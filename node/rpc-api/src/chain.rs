//! The chain as such, its headers and blocks, and the node's own health.
//!
//! Invariant: a [`HeaderView`] turns back into the very header it was made of, so that a client
//! computes the block's hash itself.

use argosy_primitives::{
    AbiKind, Block, BlockHash, CertificateHash, CommitCertificate, CommitSignature, EvidenceRoot,
    GenesisHash, Header, Hrp, ReceiptsRoot, Signature, StateRoot, TxId, TxRoot, ValidatorSetHash,
};
use argosy_spec::ChainSpec;
use parity_scale_codec::Encode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AddressText, At, Bytes, Decimal, Height, Text, TimestampMs, TransactionView};

/// What a client must know about the chain before its first transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChainInfo {
    /// The newest block.
    pub at: At,
    /// Name of the network.
    pub name: String,
    /// CAIP-2 id: `argosy:` and the first 32 hex digits of the genesis hash.
    pub caip2: String,
    /// Names the chain in every transaction.
    pub genesis_hash: Text<GenesisHash>,
    /// What addresses of this network begin with.
    pub hrp: String,
    /// Symbol of the native token.
    pub token_symbol: String,
    /// The token is `10^decimals` of its smallest unit, in which all amounts are given.
    pub token_decimals: u8,
    /// Protocol version of the newest block.
    pub protocol_version: u32,
    /// What transactions may be at most.
    pub limits: LimitsView,
    /// The lowest price per gas the chain ever asks for.
    pub base_price_min: Decimal<u64>,
}

/// What a transaction may be at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LimitsView {
    /// Bytes of a block.
    pub block_size_bytes_max: u32,
    /// Gas of a block.
    pub block_gas_max: Decimal<u64>,
    /// Bytes of a signed transaction.
    pub tx_size_bytes_max: u32,
    /// Gas limit of a transaction.
    pub tx_gas_max: Decimal<u64>,
    /// Blocks a transaction may stay valid.
    pub valid_blocks_max: Height,
    /// Actions in a transaction.
    pub actions_max: u32,
    /// Bytes of a message to a contract, and of what it returns.
    pub data_bytes_max: u32,
    /// Bytes of an uploaded native contract.
    pub code_bytes_max: u32,
    /// The ABIs whose contracts this chain runs, each with its limits.
    pub modules: Vec<ModuleLimitsView>,
}

impl LimitsView {
    /// Limits of modules of an ABI; `None`: the chain does not run them.
    pub fn of_abi(&self, abi: AbiKind) -> Option<&ModuleLimitsView> {
        self.modules.iter().find(|it| it.abi.0 == abi)
    }
}

/// What a module of one ABI may be at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModuleLimitsView {
    /// Which host interface the module speaks.
    pub abi: Text<AbiKind>,
    /// Bytes as uploaded.
    pub code_bytes_max: u32,
}

impl ChainInfo {
    /// Facts of `spec`, spoken at the block `at` that ran under `protocol_version`.
    pub fn new(at: At, spec: &ChainSpec, genesis: GenesisHash, protocol_version: u32) -> ChainInfo {
        let reference = const_hex::encode(&genesis.as_bytes()[..16]);
        ChainInfo {
            at,
            name: spec.network.name.clone(),
            caip2: format!("argosy:{reference}"),
            genesis_hash: Text(genesis),
            hrp: spec.network.hrp.as_str().to_owned(),
            token_symbol: spec.network.token_symbol.clone(),
            token_decimals: spec.network.token_decimals,
            protocol_version,
            limits: LimitsView {
                block_size_bytes_max: spec.limits.block_size_bytes_max,
                block_gas_max: Decimal(spec.limits.block_gas_max),
                tx_size_bytes_max: spec.limits.tx_size_bytes_max,
                tx_gas_max: Decimal(spec.limits.tx_gas_max),
                valid_blocks_max: Height(spec.limits.valid_blocks_max),
                actions_max: spec.limits.actions_max,
                data_bytes_max: spec.limits.data_bytes_max,
                code_bytes_max: spec.native_limits().code_bytes_max,
                modules: (spec.vm.iter())
                    .map(|(abi, limits)| ModuleLimitsView {
                        abi: Text(*abi),
                        code_bytes_max: limits.code_bytes_max,
                    })
                    .collect(),
            },
            base_price_min: Decimal(spec.fees.base_price_min),
        }
    }
}

/// How the node is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// In one word.
    pub status: HealthStatus,
    /// Why it is not `ok`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Version of the node's software.
    pub version: String,
    /// The newest block.
    pub at: At,
    /// When that block was proposed.
    pub time_ms: TimestampMs,
    /// Transactions that wait.
    pub pool: PoolView,
}

/// How the node is doing, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum HealthStatus {
    /// Serves and follows the chain.
    Ok,
    /// Serves, but is behind.
    Syncing,
    /// Serves what it has and takes nothing new for now; it goes on by itself.
    Paused,
    /// Serves what it has and takes nothing new.
    Stopping,
    /// Broken: what it serves may be old.
    Failed,
}

/// What waits in the mempool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PoolView {
    /// How many.
    pub transactions: u32,
    /// Their bytes.
    pub size_bytes: Decimal<u64>,
}

/// A header in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeaderView {
    /// Protocol version.
    pub version: u32,
    /// Which chain.
    pub chain: Text<GenesisHash>,
    /// Number of the block.
    pub height: Height,
    /// When it was proposed.
    pub time_ms: TimestampMs,
    /// The block before.
    pub parent: Text<BlockHash>,
    /// Who built it.
    pub proposer: AddressText,
    /// Round in which it was first proposed.
    pub round: u32,
    /// Who decided this block.
    pub validators: Text<ValidatorSetHash>,
    /// Who decides the next block.
    pub next_validators: Text<ValidatorSetHash>,
    /// Certificate of the block before; zero if none is carried.
    pub last_certificate: Text<CertificateHash>,
    /// Over the transactions.
    pub tx_root: Text<TxRoot>,
    /// Over the evidence.
    pub evidence_root: Text<EvidenceRoot>,
    /// Tokens per gas that were burned.
    pub base_price: Decimal<u64>,
    /// Gas of all transactions.
    pub gas_used: Decimal<u64>,
    /// State after this block.
    pub state_root: Text<StateRoot>,
    /// Over the receipts.
    pub receipts_root: Text<ReceiptsRoot>,
}

impl HeaderView {
    /// A header for people of network `hrp`.
    pub fn new(header: &Header, hrp: Hrp) -> HeaderView {
        HeaderView {
            version: header.version,
            chain: Text(header.chain),
            height: Height(header.height),
            time_ms: TimestampMs(header.time_ms),
            parent: Text(header.parent),
            proposer: AddressText::new(hrp, header.proposer),
            round: header.round,
            validators: Text(header.validators),
            next_validators: Text(header.next_validators),
            last_certificate: Text(header.last_certificate),
            tx_root: Text(header.tx_root),
            evidence_root: Text(header.evidence_root),
            base_price: Decimal(header.base_price),
            gas_used: Decimal(header.gas_used),
            state_root: Text(header.state_root),
            receipts_root: Text(header.receipts_root),
        }
    }
}

impl From<&HeaderView> for Header {
    fn from(view: &HeaderView) -> Header {
        Header {
            version: view.version,
            chain: view.chain.0,
            height: view.height.0,
            time_ms: view.time_ms.0,
            parent: view.parent.0,
            proposer: view.proposer.address,
            round: view.round,
            validators: view.validators.0,
            next_validators: view.next_validators.0,
            last_certificate: view.last_certificate.0,
            tx_root: view.tx_root.0,
            evidence_root: view.evidence_root.0,
            base_price: view.base_price.0,
            gas_used: view.gas_used.0,
            state_root: view.state_root.0,
            receipts_root: view.receipts_root.0,
        }
    }
}

/// A header and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeaderAnswer {
    /// Its number and hash.
    pub at: At,
    /// The header.
    pub header: HeaderView,
}

/// How much of a block is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum BlockDetail {
    /// Header and the ids of the transactions.
    #[default]
    Ids,
    /// Everything.
    Full,
}

/// A block in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlockAnswer {
    /// Its number and hash.
    pub at: At,
    /// The header.
    pub header: HeaderView,
    /// Size on the wire.
    pub size_bytes: u32,
    /// Ids of its transactions in order.
    pub tx_ids: Vec<Text<TxId>>,
    /// The transactions, if asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transactions: Option<Vec<TransactionView>>,
    /// Proof that the block before was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_certificate: Option<CertificateView>,
    /// Proofs of misbehaviour, as SCALE bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Bytes>,
}

impl BlockAnswer {
    /// A block for people of network `hrp`.
    pub fn new(at: At, block: &Block, detail: BlockDetail, hrp: Hrp) -> BlockAnswer {
        let body = &block.body;
        let transactions = match detail {
            BlockDetail::Ids => None,
            BlockDetail::Full => Some(
                (body.transactions.iter())
                    .map(|it| TransactionView::new(it, hrp))
                    .collect(),
            ),
        };
        BlockAnswer {
            at,
            header: HeaderView::new(&block.header, hrp),
            size_bytes: u32::try_from(block.encoded_size()).unwrap_or(u32::MAX),
            tx_ids: body.transactions.iter().map(|it| Text(it.id())).collect(),
            transactions,
            last_certificate: (body.last_certificate.as_ref())
                .map(|it| CertificateView::new(it, hrp)),
            evidence: body.evidence.iter().map(|it| Bytes(it.encode())).collect(),
        }
    }
}

/// A commit certificate in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CertificateView {
    /// Which height.
    pub height: Height,
    /// Round of the precommits.
    pub round: u32,
    /// The decided block.
    pub block: Text<BlockHash>,
    /// The precommits.
    pub signatures: Vec<CommitSignatureView>,
}

/// One precommit of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommitSignatureView {
    /// Who voted.
    pub validator: AddressText,
    /// The precommit's signature.
    pub signature: Text<Signature>,
}

impl CertificateView {
    /// A certificate for people of network `hrp`.
    pub fn new(certificate: &CommitCertificate, hrp: Hrp) -> CertificateView {
        let view = |it: &CommitSignature| CommitSignatureView {
            validator: AddressText::new(hrp, it.validator),
            signature: Text(it.signature),
        };
        CertificateView {
            height: Height(certificate.height),
            round: certificate.round,
            block: Text(certificate.block),
            signatures: certificate.signatures.iter().map(view).collect(),
        }
    }
}

impl From<&CertificateView> for CommitCertificate {
    fn from(view: &CertificateView) -> CommitCertificate {
        let signature = |it: &CommitSignatureView| CommitSignature {
            validator: it.validator.address,
            signature: it.signature.0,
        };
        CommitCertificate {
            height: view.height.0,
            round: view.round,
            block: view.block.0,
            signatures: view.signatures.iter().map(signature).collect(),
        }
    }
}
