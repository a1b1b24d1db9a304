//! Types of the parameters and the answer of each method, and what it may fail with.
//!
//! Always: a row for each of [`METHODS`], in its order, with as many types as it has parameters: the
//! crate does not compile otherwise. That they are the types of the traits, the tests of the server
//! find out: they send what the schemas say.

use argosy_primitives::{EventCursor, TxCursor, TxId};
use schemars::{Schema, SchemaGenerator};

use super::failures::{
    BLOCKS, BYTES, CONTRACT, EXECUTION, FOLLOW, MISSING, POOL, RANGE, RETRACE, RULES, UNFOLLOW,
    WAIT,
};
use super::{Discovery, MethodNames};
use crate::schema::MiningMode;
use crate::{
    AbiAnswer, AccountAnswer, AddressText, BlockAnswer, BlockDetail, BlockIdAnswer, BlockSelector,
    Bytes, CertificateAnswer, ChainInfo, CodeHashAnswer, CodeSet, ContractAnswer, ContractsAnswer,
    Decimal, DecodedTx, Dumped, DurationMs, EventFilter, EventsPage, Funded, HeaderAnswer, Health,
    Height, HistoryAnswer, Impersonated, METHODS, Mined, MiningSet, NodeInfo, NonceAnswer,
    ProfileAnswer, QueryAnswer, ReceiptAnswer, ServerLimits, SimulationAnswer, SnapshotTaken,
    SpecAnswer, StateAnswer, StateDiffAnswer, StateKeyView, StatePlace, StateProofAnswer,
    StateProofsAnswer, StateRangeAnswer, StorageAnswer, StoragePageAnswer, Submitted, SupplyAnswer,
    SyncStatus, Text, TimeSet, TimestampMs, TraceAnswer, TxAnswer, TxProofAnswer, TxStatusAnswer,
    ValidatorsAnswer, VersionAnswer,
};

/// Makes the schema of one type.
type Make = fn(&mut SchemaGenerator) -> Schema;

/// One method's types.
pub(super) struct Shape {
    name: &'static str,
    pub(super) params: &'static [Make],
    pub(super) answer: Make,
    pub(super) fails: &'static [&'static [&'static str]],
}

/// Rows: name (types of its parameters) -> type of its answer; sets of errors besides those of any call.
macro_rules! shapes {
    ($($name:literal ($($param:ty),*) -> $answer:ty; $($fails:ident)*;)+) => {
        &[$(Shape {
            name: $name,
            params: &[$(SchemaGenerator::subschema_for::<$param>),*],
            answer: SchemaGenerator::subschema_for::<$answer>,
            fails: &[$($fails),*],
        },)+]
    };
}

/// The types of all methods.
pub(super) const SHAPES: &[Shape] = shapes! {
    "system_chainInfo" () -> ChainInfo; ;
    "system_version" () -> VersionAnswer; ;
    "system_health" () -> Health; ;
    "system_syncStatus" () -> SyncStatus; ;
    "system_limits" () -> ServerLimits; ;
    "system_nodeInfo" () -> NodeInfo; ;
    "system_chainSpec" () -> SpecAnswer; ;
    "chain_getBlock" (BlockSelector, BlockDetail) -> BlockAnswer; MISSING;
    "chain_getHeader" (BlockSelector) -> HeaderAnswer; MISSING;
    "chain_getFinalizedHead" () -> HeaderAnswer; MISSING;
    "chain_getBlockHash" (BlockSelector) -> BlockIdAnswer; MISSING;
    "chain_getValidators" (BlockSelector) -> ValidatorsAnswer; MISSING;
    "chain_getCertificate" (BlockSelector) -> CertificateAnswer; MISSING;
    "chain_getSupply" (BlockSelector) -> SupplyAnswer; MISSING;
    "chain_subscribeHeads" (Height) -> Decimal<u64>; MISSING FOLLOW;
    "chain_unsubscribeHeads" (Decimal<u64>) -> bool; UNFOLLOW;
    "account_get" (AddressText, BlockSelector) -> AccountAnswer; MISSING;
    "account_getNonce" (AddressText, BlockSelector) -> NonceAnswer; MISSING;
    "account_getHistory" (AddressText, Text<TxCursor>, u32) -> HistoryAnswer; RANGE;
    "tx_submit" (Bytes) -> Submitted; BYTES RULES POOL;
    "tx_submitAndWait" (Bytes, u32) -> ReceiptAnswer; RANGE BYTES RULES POOL WAIT;
    "tx_simulate" (Bytes, BlockSelector) -> SimulationAnswer; MISSING BYTES RULES EXECUTION;
    "tx_decode" (Bytes) -> DecodedTx; BYTES;
    "tx_get" (Text<TxId>) -> TxAnswer; MISSING;
    "tx_getStatus" (Text<TxId>) -> TxStatusAnswer; MISSING;
    "tx_getReceipt" (Text<TxId>) -> ReceiptAnswer; MISSING;
    "tx_getProof" (Text<TxId>) -> TxProofAnswer; MISSING;
    "tx_watch" (Text<TxId>) -> Decimal<u64>; FOLLOW;
    "tx_unwatch" (Decimal<u64>) -> bool; UNFOLLOW;
    "contract_query" (AddressText, Bytes, AddressText, Decimal<u128>, Decimal<u64>, BlockSelector)
        -> QueryAnswer; MISSING RANGE EXECUTION;
    "contract_simulate" (AddressText, Bytes, AddressText, Decimal<u128>, Decimal<u64>, BlockSelector)
        -> SimulationAnswer; MISSING RANGE RULES EXECUTION;
    "contract_getInfo" (AddressText, BlockSelector) -> ContractAnswer; MISSING CONTRACT;
    "contract_getAbi" (AddressText, BlockSelector) -> AbiAnswer; MISSING CONTRACT;
    "contract_getCodeHash" (AddressText, BlockSelector) -> CodeHashAnswer; MISSING CONTRACT;
    "contract_getStorage" (AddressText, Bytes, BlockSelector) -> StorageAnswer; MISSING CONTRACT;
    "contract_listStorage" (AddressText, Bytes, Bytes, u32, BlockSelector) -> StoragePageAnswer; MISSING CONTRACT RANGE;
    "contract_list" (AddressText, u32, BlockSelector) -> ContractsAnswer; MISSING CONTRACT RANGE;
    "state_getStorage" (AddressText, StateKeyView, BlockSelector) -> StateAnswer; MISSING;
    "state_getRange" (AddressText, StateKeyView, u32, BlockSelector) -> StateRangeAnswer; MISSING RANGE;
    "state_getStorageDiff" (AddressText, StatePlace, u32, BlockSelector) -> StateDiffAnswer; MISSING RANGE;
    "state_getProof" (AddressText, StateKeyView, BlockSelector) -> StateProofAnswer; MISSING;
    "state_getProofs" (Vec<StatePlace>, BlockSelector) -> StateProofsAnswer; MISSING RANGE;
    "events_query" (EventFilter, Text<EventCursor>, Height, Height, u32) -> EventsPage; MISSING RANGE;
    "events_subscribe" (EventFilter, Text<EventCursor>, Height) -> Decimal<u64>; MISSING RANGE FOLLOW;
    "events_unsubscribe" (Decimal<u64>) -> bool; UNFOLLOW;
    "debug_traceTransaction" (Text<TxId>) -> TraceAnswer; MISSING RETRACE;
    "debug_traceCall" (AddressText, Bytes, AddressText, Decimal<u128>, Decimal<u64>, BlockSelector)
        -> TraceAnswer; MISSING RANGE RULES;
    "debug_profileTransaction" (Text<TxId>) -> ProfileAnswer; MISSING RETRACE;
    "dev_mine" (u32, u32) -> Mined; BLOCKS RANGE;
    "dev_setMining" (MiningMode) -> MiningSet; BLOCKS;
    "dev_setTime" (TimestampMs) -> TimeSet; BLOCKS;
    "dev_increaseTime" (DurationMs) -> TimeSet; BLOCKS;
    "dev_faucet" (AddressText, Decimal<u128>) -> Funded; BLOCKS;
    "dev_setBalance" (AddressText, Decimal<u128>) -> Mined; BLOCKS;
    "dev_setNonce" (AddressText, Decimal<u64>) -> Mined; BLOCKS;
    "dev_setStorage" (AddressText, Bytes, Bytes) -> Mined; BLOCKS CONTRACT;
    "dev_setCode" (AddressText, Bytes) -> CodeSet; BLOCKS CONTRACT;
    "dev_impersonate" (AddressText, Bytes) -> Impersonated; BLOCKS BYTES RULES;
    "dev_snapshot" () -> SnapshotTaken; BLOCKS RANGE;
    "dev_revert" (u32) -> Mined; BLOCKS MISSING;
    "dev_reset" () -> Mined; BLOCKS;
    "dev_dumpState" () -> Dumped; BLOCKS MISSING;
    "dev_loadState" () -> Mined; BLOCKS MISSING;
    "rpc.discover" () -> Discovery; ;
    "rpc_methods" () -> MethodNames; ;
};

const _: () = {
    assert!(
        METHODS.len() == SHAPES.len(),
        "a method has no types here, or types have no method"
    );
    let mut row = 0;
    while row < SHAPES.len() {
        let (method, shape) = (&METHODS[row], &SHAPES[row]);
        assert!(
            is_same(method.name, shape.name),
            "the rows here are not in the order of the methods"
        );
        assert!(
            method.params.len() == shape.params.len(),
            "a method has another number of parameters than of types here"
        );
        row += 1;
    }
};

const fn is_same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut at = 0;
    while at < left.len() && at < right.len() && left[at] == right[at] {
        at += 1;
    }
    at == left.len() && at == right.len()
}
