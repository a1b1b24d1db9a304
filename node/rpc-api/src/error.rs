//! Every error of the interface: one enum gives code, kind, facts, message and documentation.
//!
//! ```text
//! {"code": 1101, "message": "nonce 3 is used; the next nonce is 7",
//!  "data": {"kind": "TX_NONCE_TOO_LOW", "expected": "7", "got": "3", "docs": "…#tx_nonce_too_low",
//!           "requestId": "4bf92f3577b34da6a3ce929d0e0e4736"}}
//! ```
//!
//! `requestId` is what the server calls the request; it adds that where it answers.
//! Codes and kinds are for ever. 3 is what Ethereum tools know as "reverted"; ours lie above 1000,
//! outside the range that JSON-RPC reserves; codes from -32768 to -32000 are the transport's.
//! Not here: what the transport itself refuses (no JSON, too large, too many; see the page), and what
//! a failed execution carries (`failure`).

use argosy_primitives::{GenesisHash, TxId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::failure::{because, suffix};
use crate::{
    AddressText, Bytes, CallFrame, Decimal, DecodedRevert, DropReasonView, Height, Status, Text,
};

/// Where errors are explained; the kind in lower case is the anchor.
#[cfg(any(feature = "client", feature = "server"))]
const DOCS: &str = "docs/reference/errors.md";

/// One line of the error table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorEntry {
    /// JSON-RPC code.
    pub code: i32,
    /// Stable name, in `data.kind`.
    pub kind: &'static str,
    /// Names of the facts in `data`.
    pub facts: &'static [&'static str],
    /// What it means, and what to do.
    pub summary: &'static str,
}

macro_rules! rpc_errors {
    ($(
        $(#[doc = $doc:literal])+
        $code:literal $kind:literal $name:ident {$(
            $(#[doc = $field_doc:literal])+
            $(#[serde($($serde:tt)+)])?
            $field:ident: $type:ty,
        )*} = $message:literal $(, ($($told:tt)+))?;
    )+) => {
        /// Why a call failed.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "kind", rename_all_fields = "camelCase")]
        pub enum RpcError {$(
            $(#[doc = $doc])+
            #[error($message $(, $($told)+)?)]
            #[serde(rename = $kind)]
            $name {$(
                $(#[doc = $field_doc])+
                $(#[serde($($serde)+)])?
                $field: $type,
            )*},
        )+}

        impl RpcError {
            /// JSON-RPC code.
            pub const fn code(&self) -> i32 {
                match self { $(RpcError::$name { .. } => $code,)+ }
            }

            /// Stable name.
            pub const fn kind(&self) -> &'static str {
                match self { $(RpcError::$name { .. } => $kind,)+ }
            }
        }

        /// Every error, by code.
        pub const ERRORS: &[ErrorEntry] = &[$(
            ErrorEntry {
                code: $code,
                kind: $kind,
                facts: &[$(stringify!($field),)*],
                summary: concat!($($doc,)+),
            },
        )+];
    };
}

rpc_errors! {
    /// A parameter is missing, unknown, or not what the method takes. Fix the call.
    -32602 "INVALID_PARAMS" InvalidParams {
        /// Which parameter, if it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        param: Option<String>,
        /// What is wrong.
        reason: String,
    } = "invalid parameters: {reason}";
    /// The node has no method of this name.
    -32601 "METHOD_NOT_FOUND" MethodNotFound {
        /// The name.
        method: String,
    } = "method {method} does not exist";
    /// The node failed. It is not the caller's fault; the operator finds the reference in the log.
    -32603 "INTERNAL" Internal {
        /// What the log calls it.
        reference: String,
    } = "the node failed ({reference})";

    /// A contract gave up; everything it did is undone. What it says is in `revertData`, and in words in `decoded`; the last frame of `callStack` is where it began.
    3 "REVERTED" Reverted {
        /// The contract that was called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contract: Option<AddressText>,
        /// Index of the action that failed, for transactions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        action: Option<u8>,
        /// The contract's own bytes.
        revert_data: Bytes,
        /// Their meaning, if the contract's ABI explains them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decoded: Option<Box<DecodedRevert>>,
        /// Contracts that were running, outermost first, as far as known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        call_stack: Vec<CallFrame>,
        /// Gas used until then.
        gas_used: Decimal<u64>,
    } = "the contract reverted{}", (because(.decoded, .call_stack));

    /// There is no such block, transaction or code, or the node has never seen it.
    1001 "NOT_FOUND" NotFound {
        /// What kind of thing.
        what: String,
        /// Which one.
        id: String,
    } = "{what} {id} not found";
    /// The node no longer has what the call asks for. Ask for a newer block, or an archive node.
    1002 "PRUNED" Pruned {
        /// The oldest height it can answer for.
        oldest_height: Height,
    } = "no longer kept; the oldest height that can be read is {oldest_height}";
    /// The node has not caught up with the chain yet. Try again later, or another node.
    1003 "SYNCING" Syncing {
        /// Where it is.
        height: Height,
        /// Where the chain is.
        target: Height,
    } = "the node is at height {height} of {target}";
    /// The call asks for more than one answer may hold. Ask in smaller parts.
    1004 "RANGE_TOO_LARGE" RangeTooLarge {
        /// What is too large.
        what: String,
        /// The most that is allowed.
        max: Decimal<u64>,
        /// What was asked for.
        got: Decimal<u64>,
    } = "{what} {got} is above {max}";
    /// The transaction did not become final within the time that the call waits. It is not lost: ask `tx_getStatus`.
    1005 "WAIT_TIMEOUT" WaitTimeout {
        /// The transaction, which still waits.
        tx_id: Text<TxId>,
        /// How long the call waited.
        waited_ms: u32,
    } = "transaction {tx_id} was not final after {waited_ms} ms; it still waits, ask tx_getStatus";

    /// The state on which the block was executed is no longer kept here, so that its transactions cannot be executed once more. Ask an archive node, which keeps that of every block.
    1006 "NOT_TRACEABLE" NotTraceable {
        /// The block.
        height: Height,
        /// The oldest block whose transactions this node can trace.
        oldest_height: Height,
    } = "the state before block {height} is no longer kept here; this node traces blocks from {oldest_height} on, an archive node any";

    /// The nonce is used. Take the account's next nonce.
    1101 "TX_NONCE_TOO_LOW" TxNonceTooLow {
        /// The account's next nonce.
        expected: Decimal<u64>,
        /// The transaction's nonce.
        got: Decimal<u64>,
    } = "nonce {got} is used; the next nonce is {expected}";
    /// Transactions before this one are missing. Send them first.
    1102 "TX_NONCE_TOO_HIGH" TxNonceTooHigh {
        /// The account's next nonce.
        expected: Decimal<u64>,
        /// The transaction's nonce.
        got: Decimal<u64>,
    } = "nonce {got} is too far ahead; the next nonce is {expected}";
    /// The account cannot pay what the transaction may cost: gas limit times price, deposits, amounts.
    1103 "TX_INSUFFICIENT_BALANCE" TxInsufficientBalance {
        /// What it may cost.
        need: Decimal<u128>,
        /// What the account has.
        have: Decimal<u128>,
    } = "the transaction may cost {need}, the account has {have}";
    /// The signature does not hold for this signer and these bytes.
    1104 "TX_BAD_SIGNATURE" TxBadSignature {
        /// In what way.
        reason: String,
    } = "bad signature: {reason}";
    /// The transaction is signed for another chain.
    1105 "TX_WRONG_CHAIN" TxWrongChain {
        /// This chain.
        expected: Text<GenesisHash>,
        /// The chain it was signed for.
        got: Text<GenesisHash>,
    } = "the transaction is for chain {got}, this chain is {expected}";
    /// The last block that could hold the transaction has passed. Build and sign it anew.
    1106 "TX_EXPIRED" TxExpired {
        /// That block.
        valid_until: Height,
        /// The next block.
        height: Height,
    } = "the transaction was valid until height {valid_until}, the next block is {height}";
    /// The transaction pays less per gas than the chain asks for now.
    1107 "TX_FEE_TOO_LOW" TxFeeTooLow {
        /// The price asked for.
        min: Decimal<u64>,
        /// The price offered at most.
        got: Decimal<u64>,
    } = "max gas price {got} is below the price {min} of the next block";
    /// The mempool is full of better paying transactions. Offer a higher tip, or wait.
    1108 "POOL_FULL" PoolFull {
        /// A tip above this is let in.
        tip_min: Decimal<u64>,
    } = "the mempool is full; a tip above {tip_min} per gas is let in";
    /// The node has this very transaction already. Nothing is lost.
    1109 "TX_KNOWN" TxKnown {
        /// Its id.
        tx_id: Text<TxId>,
    } = "transaction {tx_id} is known already";
    /// The transaction has more bytes than the chain allows.
    1110 "TX_TOO_LARGE" TxTooLarge {
        /// Bytes allowed.
        max: Decimal<u64>,
        /// Bytes found.
        got: Decimal<u64>,
    } = "the transaction has {got} bytes, at most {max} are allowed";
    /// The bytes are no transaction.
    1111 "TX_MALFORMED" TxMalformed {
        /// What is wrong, and where.
        reason: String,
        /// The byte at which reading ended, if it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offset: Option<u32>,
    } = "not a transaction: {reason}";
    /// The transaction would stay valid for longer than the chain remembers. Lower `validUntil`.
    1112 "TX_VALID_TOO_FAR" TxValidTooFar {
        /// The last block it is valid for; 2^53 - 1 if it names a later one.
        valid_until: Height,
        /// The furthest that is allowed now.
        max: Height,
    } = "valid until height {valid_until}, at most {max} is allowed now";
    /// The transaction has no action, or more than the chain allows.
    1113 "TX_ACTION_COUNT" TxActionCount {
        /// Actions found.
        got: u32,
        /// Actions allowed.
        max: u32,
    } = "the transaction has {got} actions, 1 to {max} are allowed";
    /// The chain's protocol version does not know this action yet.
    1114 "TX_ACTION_INACTIVE" TxActionInactive {
        /// Position in the transaction.
        action: u32,
        /// The kind of action.
        name: String,
    } = "action {action} ({name}) is not active on this chain";
    /// The message of an action is larger than a contract's input may be.
    1115 "TX_MESSAGE_TOO_LARGE" TxMessageTooLarge {
        /// Position in the transaction.
        action: u32,
        /// Bytes allowed.
        max: Decimal<u64>,
        /// Bytes found.
        got: Decimal<u64>,
    } = "the message of action {action} has {got} bytes, at most {max} are allowed";
    /// The gas limit does not even pay for including the transaction.
    1116 "TX_GAS_LIMIT_TOO_LOW" TxGasLimitTooLow {
        /// Gas it costs before it runs.
        min: Decimal<u64>,
        /// Its gas limit.
        got: Decimal<u64>,
    } = "gas limit {got} is below the {min} gas the transaction costs before it runs";
    /// The gas limit is above what one transaction, or one block, may use.
    1117 "TX_GAS_LIMIT_TOO_HIGH" TxGasLimitTooHigh {
        /// Gas allowed.
        max: Decimal<u64>,
        /// Its gas limit.
        got: Decimal<u64>,
    } = "gas limit {got} is above the {max} gas that are allowed";
    /// Gas limit, price and deposit together exceed any balance there can be.
    1118 "TX_COST_OVERFLOW" TxCostOverflow {
    } = "gas limit, price and deposit together exceed any balance";
    /// The account has used every nonce there is.
    1119 "TX_NONCE_EXHAUSTED" TxNonceExhausted {
    } = "the account has used its last nonce";
    /// Another transaction with this nonce waits. To replace it, bid at least this much.
    1120 "TX_UNDERPRICED" TxUnderpriced {
        /// The nonce.
        nonce: Decimal<u64>,
        /// The least tip that replaces.
        tip_min: Decimal<u64>,
        /// The least max gas price that replaces.
        price_min: Decimal<u64>,
    } = "nonce {nonce} is taken; to replace it bid at least tip {tip_min} and max gas price {price_min}";
    /// The sender has its full share of the mempool. Wait until some are included.
    1121 "SENDER_FULL" SenderFull {
        /// Transactions one sender may have waiting.
        max: u32,
    } = "the sender has {max} transactions waiting, which is the limit";
    /// The transaction was in the mempool and was let go; `reason` says why.
    1122 "TX_DROPPED" TxDropped {
        /// The transaction.
        tx_id: Text<TxId>,
        /// Why.
        reason: DropReasonView,
    } = "transaction {tx_id} was dropped: {reason}";
    /// This node failed while it ran this transaction and leaves it out since. Other nodes may take it.
    1123 "TX_QUARANTINED" TxQuarantined {
        /// The transaction.
        tx_id: Text<TxId>,
    } = "this node failed while it ran transaction {tx_id} and leaves it out";

    /// No contract has this address.
    1201 "CONTRACT_NOT_FOUND" ContractNotFound {
        /// The address, if the call named it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contract: Option<AddressText>,
        /// Gas used until then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gas_used: Option<Decimal<u64>>,
        /// Contracts that were running, outermost first, as far as known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        call_stack: Vec<CallFrame>,
    } = "no contract has this address";
    /// The gas limit was used up. Raise it to `estimate`, or do less; without an estimate no limit would be enough, or the node cannot tell.
    1202 "OUT_OF_GAS" OutOfGas {
        /// Gas used.
        used: Decimal<u64>,
        /// Gas allowed.
        limit: Decimal<u64>,
        /// A gas limit that is enough on the same state, in trials.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        estimate: Option<Decimal<u64>>,
        /// The contract that used the last of it, as far as known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contract: Option<AddressText>,
        /// Contracts that were running, outermost first, as far as known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        call_stack: Vec<CallFrame>,
    } = "out of gas: used {used} of {limit}";
    /// The contract broke a rule of Wasm or of its host: a bug in the contract.
    1203 "TRAPPED" Trapped {
        /// What it did, as far as this node knows; never part of the chain's state.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Gas used until then.
        gas_used: Decimal<u64>,
        /// Contracts that were running, outermost first, as far as known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        call_stack: Vec<CallFrame>,
    } = "the contract trapped{}", (suffix(.reason));
    /// The module breaks a limit or uses a feature that the chain does not offer.
    1204 "WASM_REJECTED" WasmRejected {
        /// What, where, and how to avoid it, as far as this node knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Stable name of the rule that it breaks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<Box<str>>,
        /// The section of the module, as the binary format calls it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        section: Option<Box<str>>,
        /// The byte of the module.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offset: Option<u32>,
        /// The feature of WebAssembly to avoid, if it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        feature: Option<Box<str>>,
        /// What its author can do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<Box<str>>,
        /// Gas used until then.
        gas_used: Decimal<u64>,
    } = "the module is not accepted{}", (suffix(.reason));
    /// The contract's ABI is not the one the signer was shown, or has no such entry. Read it anew.
    1205 "ABI_MISMATCH" AbiMismatch {
        /// Gas used until then.
        gas_used: Decimal<u64>,
    } = "the contract's ABI is not the one the caller was shown";
    /// Storage, event or data is too large, or its deposit is above `depositMax`.
    1206 "STORAGE_LIMIT" StorageLimit {
        /// Which limit.
        status: Status,
        /// What reached it, and where, as far as this node knows.
        reason: String,
        /// Gas used until then.
        gas_used: Decimal<u64>,
        /// Contracts that were running, outermost first, as far as known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        call_stack: Vec<CallFrame>,
    } = "a limit was reached: {reason}";
    /// Contracts called each other too deeply.
    1207 "CALL_DEPTH" CallDepth {
        /// Gas used until then.
        gas_used: Decimal<u64>,
        /// Contracts that were running, outermost first, as far as known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        call_stack: Vec<CallFrame>,
    } = "contracts called each other too deeply";
    /// The transaction or query failed for another reason; `status` names it.
    1209 "EXECUTION_FAILED" ExecutionFailed {
        /// How it ended.
        status: Status,
        /// Index of the action that failed, for transactions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        action: Option<u8>,
        /// What happened, as far as this node knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Gas used until then.
        gas_used: Decimal<u64>,
        /// Contracts that were running, outermost first, as far as known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        call_stack: Vec<CallFrame>,
    } = "execution failed: {status}";

    /// The caller sends more than its share. Wait and try again.
    1301 "RATE_LIMITED" RateLimited {
        /// How long to wait.
        retry_after_ms: u32,
    } = "too many calls; try again in {retry_after_ms} ms";
    /// This node does not offer the method.
    1302 "METHOD_DISABLED" MethodDisabled {
        /// The method.
        method: String,
    } = "this node does not offer {method}";
    /// The caller may not do this.
    1303 "UNAUTHORIZED" Unauthorized {
    } = "not allowed";
    /// The node has as much to do as it can. Try again.
    1304 "OVERLOADED" Overloaded {
        /// What is exhausted.
        what: String,
    } = "the node is overloaded: {what}";
    /// The node is stopping. Try another one.
    1305 "STOPPING" Stopping {
    } = "the node is stopping";
    /// The node makes no blocks for now and takes no transactions; what it has is safe. Try again later, or another node.
    1306 "PAUSED" Paused {
        /// Why.
        reason: String,
    } = "the node is paused: {reason}";
    /// The node runs a fork, and what was to be read of its origin did not come, or does not hold. Nothing was done; try again once the origin's node answers, or fork a later block.
    1307 "ORIGIN_UNREAD" OriginUnread {
        /// What was read, and why it did not come.
        reason: String,
    } = "the chain that this is a fork of was not read: {reason}";
    /// Only a WebSocket can be told what comes later. Call the method over one, or read `GET /v1/events`.
    1310 "NEEDS_WEBSOCKET" NeedsWebSocket {
        /// The method.
        method: String,
    } = "{method} needs a WebSocket";
    /// There are as many subscriptions as there may be. End one, or try again later, or another node.
    1311 "TOO_MANY_SUBSCRIPTIONS" TooManySubscriptions {
        /// Whose: of this `connection`, or of the whole `node`.
        scope: String,
        /// How many it may have.
        max: u32,
    } = "the {scope} has {max} subscriptions, which is the limit";
}

impl RpcError {
    /// There is no such thing.
    pub fn not_found(what: &str, id: impl ToString) -> RpcError {
        RpcError::NotFound {
            what: what.to_owned(),
            id: id.to_string(),
        }
    }

    /// A parameter is not what the method takes.
    pub fn invalid(param: &str, reason: impl ToString) -> RpcError {
        RpcError::InvalidParams {
            param: Some(param.to_owned()),
            reason: reason.to_string(),
        }
    }

    /// Where this error is explained.
    #[cfg(any(feature = "client", feature = "server"))]
    pub fn docs(&self) -> String {
        format!("{DOCS}#{}", self.kind().to_ascii_lowercase())
    }
}

#[cfg(any(feature = "client", feature = "server"))]
mod wire {
    //! To and from the error object of JSON-RPC.

    use jsonrpsee::types::ErrorObjectOwned;
    use serde_json::Value;

    use super::RpcError;

    impl From<RpcError> for ErrorObjectOwned {
        fn from(error: RpcError) -> ErrorObjectOwned {
            let mut data = serde_json::to_value(&error).unwrap_or_default();
            if let Value::Object(facts) = &mut data {
                facts.insert("docs".to_owned(), Value::String(error.docs()));
            }
            ErrorObjectOwned::owned(error.code(), error.to_string(), Some(data))
        }
    }

    impl RpcError {
        /// Reads an error object; `None` if it is the transport's own, or of a newer node.
        pub fn from_object(object: &ErrorObjectOwned) -> Option<RpcError> {
            let error: RpcError = serde_json::from_str(object.data()?.get()).ok()?;
            (error.code() == object.code()).then_some(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RpcError;

    /// It is the error side of every result here and must not make them all large.
    #[test]
    fn an_error_stays_small() {
        assert!(size_of::<RpcError>() < 128, "{}", size_of::<RpcError>());
    }
}
