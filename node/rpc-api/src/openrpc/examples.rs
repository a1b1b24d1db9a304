//! A call of each method, and an answer to it.
//!
//! Always: answers are those that the tests of this crate hold fixed (`tests/golden/answers.json`), made
//! by the types themselves; calls are made here, of the same accounts and contracts.
//! Not here: whether a server takes the calls (the tests of `argosy-rpc` send them).

use std::sync::LazyLock;

use argosy_primitives::{Action, Address, GenesisHash, SecretKey, SignedTransaction, Transaction};
use parity_scale_codec::Encode;
use serde_json::{Map, Value, json};

use crate::{Bytes, MethodSpec};

/// The fixed answers, by method, and what tells several of one method apart.
static ANSWERS: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../tests/golden/answers.json"))
        .expect("the tests have written it")
});

/// Whose account the examples are about.
const ALICE: &str = "dargo1qzs6rgdp5xs6rgdp5xs6rgdp5xs6rgdp5xs6rgdp5xs6rgdp5xs6zp09mvl";
/// The contract that they are about.
const CONTRACT: &str = "dargo1qrqvpsxqcrqvpsxqcrqvpsxqcrqvpsxqcrqvpsxqcrqvpsxqcrqvqaxw2rl";
/// The transaction in the answers.
const TX: &str = "0x67c63ab25a0513f690aed1af8ea655d580ae789e99e9772b60c169e95570eee5";

/// The examples of a method, as OpenRPC has them.
pub(super) fn of(method: &MethodSpec) -> Vec<Value> {
    let of_method = ANSWERS.iter().filter_map(|(key, answer)| {
        let rest = key.strip_prefix(method.name)?;
        (rest.is_empty() || rest.starts_with(' ')).then_some((key, rest.trim_start(), answer))
    });
    of_method
        .map(|(key, variant, answer)| {
            let given = call(method.name, variant);
            let params: Vec<Value> = (method.params.iter())
                .filter_map(|it| Some(json!({"name": it.name, "value": given.get(it.name)?})))
                .collect();
            json!({
                "name": key,
                "params": params,
                "result": {"name": "answer", "value": answer},
            })
        })
        .collect()
}

/// Parameters by name.
fn call(method: &str, variant: &str) -> Map<String, Value> {
    let given = match method {
        "chain_getBlock" => json!({"at": 42, "detail": variant}),
        "chain_getHeader"
        | "chain_getBlockHash"
        | "chain_getValidators"
        | "chain_getCertificate"
        | "chain_getSupply" => json!({"at": "latest"}),
        "chain_subscribeHeads" => json!({"after": 41}),
        "chain_unsubscribeHeads" | "tx_unwatch" | "events_unsubscribe" => {
            json!({"subscription": "1"})
        }
        "account_get" | "account_getNonce" => json!({"address": ALICE, "at": "latest"}),
        "tx_submit" | "tx_decode" => json!({"transaction": Bytes(signed().encode())}),
        "tx_submitAndWait" => {
            json!({"transaction": Bytes(signed().encode()), "timeoutMs": 5000})
        }
        "tx_simulate" => json!({"transaction": Bytes(transaction().encode())}),
        "tx_get"
        | "tx_getStatus"
        | "tx_getReceipt"
        | "tx_getProof"
        | "tx_watch"
        | "debug_traceTransaction"
        | "debug_profileTransaction" => json!({"txId": TX}),
        "contract_query" | "contract_simulate" | "debug_traceCall" => {
            json!({"contract": CONTRACT, "message": "0x00ff", "caller": ALICE})
        }
        "account_getHistory" => json!({"address": ALICE, "before": "42.3", "limit": 10}),
        "contract_list" => json!({"limit": 10, "at": "latest"}),
        "contract_getInfo" | "contract_getAbi" | "contract_getCodeHash" => {
            json!({"contract": CONTRACT})
        }
        "contract_getStorage" => json!({"contract": CONTRACT, "key": "0x746f74616c"}),
        "contract_listStorage" => {
            json!({"contract": CONTRACT, "prefix": "0x746f", "limit": 1})
        }
        "state_getStorage" | "state_getProof" => {
            json!({"address": CONTRACT, "key": {"type": "storage", "key": "0x746f74616c"}})
        }
        "state_getRange" => {
            json!({"address": CONTRACT, "after": {"type": "account"}, "limit": 100})
        }
        "state_getStorageDiff" => json!({"address": CONTRACT, "limit": 10, "at": "latest"}),
        "state_getProofs" => json!({"keys": [
            {"address": CONTRACT, "key": {"type": "account"}},
            {"address": CONTRACT, "key": {"type": "storage", "key": "0x746f74616c"}},
        ]}),
        "events_query" => {
            json!({"filter": {"contract": CONTRACT}, "after": "41.0.0", "limit": 100})
        }
        "events_subscribe" => json!({"filter": {"contract": CONTRACT}, "after": "41.0.0"}),
        method if method.starts_with("dev_") => development(method),
        _ => json!({}),
    };
    let Value::Object(given) = given else {
        return Map::new();
    };
    given
}

/// The same, for development chains.
fn development(method: &str) -> Value {
    match method {
        "dev_mine" => json!({"count": 3, "intervalMs": 1000}),
        "dev_setMining" => json!({"mode": "1s"}),
        "dev_setTime" => json!({"timeMs": 1_800_000_000_000_u64}),
        "dev_increaseTime" => json!({"byMs": 60_000}),
        "dev_faucet" => json!({"address": ALICE, "amount": "5"}),
        "dev_setBalance" => json!({"address": ALICE, "balance": "7"}),
        "dev_setNonce" => json!({"address": ALICE, "nonce": "8"}),
        "dev_setStorage" => json!({"contract": CONTRACT, "key": "0x01", "value": "0x02"}),
        "dev_setCode" => json!({"contract": CONTRACT, "code": "0x0061736d"}),
        "dev_impersonate" => {
            json!({"sender": ALICE, "transaction": Bytes(transaction().encode())})
        }
        "dev_revert" => json!({"snapshot": 1}),
        _ => json!({}),
    }
}

/// A transfer, as it is tried.
fn transaction() -> Transaction {
    Transaction {
        chain: GenesisHash::from_bytes([1; 32]),
        signer: key().public(),
        nonce: 0,
        valid_until: 100,
        gas_limit: 50_000,
        max_gas_price: 1000,
        tip: 0,
        deposit_max: 0,
        actions: vec![Action::Transfer {
            to: Address::from_bytes([0xa1; 32]),
            amount: 1,
        }],
    }
}

/// The same, as it is sent.
fn signed() -> SignedTransaction {
    transaction().sign(&key())
}

/// Nobody's key: it is public.
fn key() -> SecretKey {
    SecretKey::generate_from([5; 32])
}
