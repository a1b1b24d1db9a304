//! Every method, by name and by position; what their parameters may be.

use argosy_primitives::{Address, Hash32, StatusCode};
use argosy_rpc::RpcConfig;
use argosy_rpc_api::{Bytes, METHODS};
use parity_scale_codec::Encode;
use serde_json::{Map, Value, json};

use crate::fake::{self, FakeNode};
use crate::net::{kind, plain_rig, rig};

fn by_name(method: &str, values: &[Value]) -> Value {
    let spec = METHODS.iter().find(|it| it.name == method).unwrap();
    let names = spec.params.iter().map(|it| it.name.to_owned());
    Value::Object(names.zip(values.iter().cloned()).collect::<Map<_, _>>())
}

/// Every request has another name.
fn forget_request(response: &mut Value) {
    if let Some(data) = response.pointer_mut("/error/data") {
        data.as_object_mut().unwrap().remove("requestId").unwrap();
    }
}

#[tokio::test]
async fn every_method_takes_parameters_by_name_and_by_position() {
    let examples = fake::examples();
    let names: Vec<_> = examples.iter().map(|it| it.0).collect();
    let table: Vec<_> = METHODS.iter().map(|it| it.name).collect();
    assert_eq!(names, table);
    let known = &[
        "NOT_FOUND",
        "CONTRACT_NOT_FOUND",
        "TX_KNOWN",
        "NEEDS_WEBSOCKET",
    ];
    for (method, values) in examples {
        let rig = plain_rig().await;
        let settled = argosy_rpc::Settled::Included(fake::included());
        let id = fake::signed(0).id();
        rig.node.settled.lock().unwrap().insert(id, settled);
        let spec = METHODS.iter().find(|it| it.name == method).unwrap();
        assert_eq!(values.len(), spec.params.len(), "{method}");

        let mut named = rig.response(method, by_name(method, &values)).await;
        rig.node.submitted.lock().unwrap().clear();
        let mut positional = rig.response(method, json!(values)).await;
        forget_request(&mut named);
        forget_request(&mut positional);
        assert_eq!(named, positional, "{method}");
        let error = &named["error"];
        assert!(
            error.is_null() || known.contains(&kind(error)),
            "{method}: {named}"
        );
    }
}

#[tokio::test]
async fn optional_parameters_may_be_left_out_or_null() {
    let rig = plain_rig().await;
    for params in [
        json!({}),
        json!([]),
        json!([null]),
        json!({"at": null}),
        Value::Null,
    ] {
        if params.is_null() {
            let request = r#"{"jsonrpc":"2.0","id":1,"method":"chain_getHeader"}"#;
            assert!(rig.post(request).await.body.contains("\"height\":42"));
            continue;
        }
        let answer = rig.call("chain_getHeader", params).await;
        assert_eq!(answer["at"]["height"], fake::HEAD);
    }
}

#[tokio::test]
async fn the_only_parameter_is_the_wrong_one() {
    let rig = plain_rig().await;
    let address = fake::address(1).to_string();
    for (params, expected) in [
        (json!([5]), json!("address")),
        (json!({"address": 5}), json!("address")),
        (json!({"address": address, "at": -1}), Value::Null),
    ] {
        let error = rig.fail("account_get", params).await;
        assert_eq!(error["data"]["param"], expected, "{error}");
    }
}

#[tokio::test]
async fn parameters_that_do_not_fit_are_refused_by_name() {
    let rig = plain_rig().await;
    let address = fake::address(1).to_string();
    let cases = [
        ("account_get", json!({}), "address is missing"),
        ("account_get", json!([]), "address is missing"),
        (
            "account_get",
            json!({"adress": address}),
            "no parameter \"adress\"",
        ),
        (
            "account_get",
            json!({"address": address, "block": 1}),
            "it takes address, at",
        ),
        (
            "account_get",
            json!([address, "latest", 1]),
            "at most 2 parameters",
        ),
        ("account_get", json!([7]), "expected a string"),
        ("account_get", json!(["alice"]), "not an address"),
        (
            "account_get",
            json!([address, "newest"]),
            "expected a block",
        ),
        ("account_get", json!([address, -1]), "expected a block"),
        (
            "system_health",
            json!({"verbose": true}),
            "takes no parameters",
        ),
        (
            "chain_getBlock",
            json!({"detail": "all"}),
            "unknown variant",
        ),
        ("tx_getReceipt", json!(["0x12"]), "expected a hash"),
        ("tx_submit", json!(["0xabc"]), "expected bytes"),
        (
            "contract_query",
            json!({"contract": address, "message": "0x", "funds": -1}),
            "decimal",
        ),
        (
            "state_getProof",
            json!([address, {"type": "code"}]),
            "unknown variant",
        ),
        ("state_getProofs", json!([[]]), "1 to 256 keys, not 0"),
        (
            "state_getProofs",
            json!([vec![
                json!({"address": address, "key": {"type": "account"}});
                257
            ]]),
            "1 to 256 keys, not 257",
        ),
        (
            "state_getProofs",
            json!([[{"address": address, "key": {"type": "account"}, "at": 1}]]),
            "unknown field `at`",
        ),
        (
            "events_query",
            json!({"filter": {"sender": address}}),
            "unknown field `sender`",
        ),
        ("events_query", json!({"after": "1.2"}), "expected a cursor"),
        ("events_query", json!({"limit": 0}), "at least 1"),
    ];
    for (method, params, says) in cases {
        let error = rig.fail(method, params.clone()).await;
        assert_eq!(error["code"], -32602, "{method} {params}: {error}");
        assert_eq!(kind(&error), "INVALID_PARAMS", "{method} {params}: {error}");
        let reason = error["data"]["reason"].as_str().unwrap();
        assert!(reason.contains(says), "{method} {params}: {reason}");
    }
    let twice = r#"{"jsonrpc":"2.0","id":1,"method":"chain_getHeader","params":{"at":1,"at":2}}"#;
    assert!(rig.post(twice).await.body.contains("at is given twice"));
}

#[tokio::test]
async fn addresses_of_other_networks_are_refused() {
    let rig = plain_rig().await;
    let theirs = Address::SYSTEM.to_text(argosy_primitives::Hrp::Main);
    let error = rig.fail("account_get", json!([theirs])).await;
    assert_eq!(error["data"]["param"], "address");
    let reason = error["data"]["reason"].as_str().unwrap();
    assert!(
        reason.contains("for network argo, this one is dargo"),
        "{reason}"
    );
    let error = rig
        .fail("events_query", json!([{"contract": theirs}]))
        .await;
    assert_eq!(error["data"]["param"], "filter");
}

#[tokio::test]
async fn unknown_methods_and_blocks_have_names_for_their_errors() {
    let rig = plain_rig().await;
    let error = rig.fail("eth_blockNumber", json!([])).await;
    assert_eq!(
        (error["code"].as_i64(), kind(&error)),
        (Some(-32601), "METHOD_NOT_FOUND")
    );
    let error = rig.fail("chain_getBlock", json!([43])).await;
    assert_eq!(
        (error["code"].as_i64(), kind(&error)),
        (Some(1001), "NOT_FOUND")
    );
    assert_eq!(error["message"], "block 43 not found");
    let unknown = Hash32::ZERO.to_string();
    let error = rig.fail("tx_getStatus", json!([unknown])).await;
    assert_eq!(error["data"]["what"], "transaction");
    assert!(
        error["data"]["docs"]
            .as_str()
            .unwrap()
            .ends_with("#not_found")
    );
}

#[tokio::test]
async fn storage_comes_in_pages_of_a_size_that_has_an_end() {
    let rig = plain_rig().await;
    let contract = fake::address(7).to_string();
    let page = |more: Value| {
        let mut call = json!({"contract": contract, "prefix": "0x01"});
        let Value::Object(more) = more else {
            unreachable!("it is one")
        };
        call.as_object_mut().unwrap().extend(more);
        call
    };
    let second = page(json!({"after": "0x02"}));
    let found = rig.call("contract_listStorage", second).await;
    let keys = found["entries"].as_array().unwrap();
    let keys: Vec<_> = keys.iter().map(|it| &it["key"]).collect();
    assert_eq!(keys, ["0x0100000000", "0x0100000001"]);
    assert_eq!(
        (&found["next"], &found["entries"][0]["value"]),
        (&json!("0x02"), &json!("0x07"))
    );
    assert_eq!(found["contract"], contract.as_str());
    for (limit, expected) in [(0, "INVALID_PARAMS"), (1001, "RANGE_TOO_LARGE")] {
        let error = rig
            .fail("contract_listStorage", page(json!({"limit": limit})))
            .await;
        assert_eq!(error["data"]["kind"], expected, "{error}");
    }
}

#[tokio::test]
async fn lists_of_an_index_have_a_size_that_has_an_end() {
    let rig = plain_rig().await;
    let account = fake::address(7).to_string();
    let history = json!({"address": account, "before": "5.1", "limit": 1000});
    let found = rig.call("account_getHistory", history).await;
    let heights = found["entries"].as_array().unwrap();
    let heights: Vec<_> = heights.iter().map(|it| &it["height"]).collect();
    assert_eq!(heights, [4, 3]);
    assert_eq!(found["next"], "5.1");
    let found = rig.call("contract_list", json!({"after": account})).await;
    assert_eq!(found["contracts"].as_array().unwrap().len(), 2);
    assert_eq!(found["next"], account.as_str());
    for (limit, expected) in [(0, "INVALID_PARAMS"), (1001, "RANGE_TOO_LARGE")] {
        for (method, params) in [
            (
                "account_getHistory",
                json!({"address": account, "limit": limit}),
            ),
            ("contract_list", json!({"limit": limit})),
        ] {
            let error = rig.fail(method, params).await;
            assert_eq!(error["data"]["kind"], expected, "{method} {error}");
        }
    }
    let cursor = json!({"address": account, "before": "5"});
    let error = rig.fail("account_getHistory", cursor).await;
    assert_eq!(error["data"]["kind"], "INVALID_PARAMS", "{error}");
}

#[tokio::test]
async fn a_query_passes_on_what_it_was_given_and_its_limits() {
    let rig = plain_rig().await;
    let contract = fake::address(9);
    let caller = fake::address(8);
    let params = json!({"contract": contract, "message": "0x0a", "caller": caller, "funds": "3"});
    let answer = rig.call("contract_query", params).await;
    assert_eq!(answer["data"], "0x0a");
    assert_eq!(answer["gasUsed"], "9");
    let call = rig.node.queries.lock().unwrap().pop().unwrap();
    assert_eq!(
        (call.contract, call.caller, call.funds),
        (contract.address, caller.address, 3)
    );
    assert_eq!(
        call.gas_limit, 100_000_000,
        "the chain's most, if nothing is said"
    );

    let params = json!({"contract": contract, "message": "0x", "gasLimit": "100000001"});
    let error = rig.fail("contract_query", params).await;
    assert_eq!(
        (kind(&error), &error["data"]["max"]),
        ("RANGE_TOO_LARGE", &json!("100000000"))
    );
    let long = format!("0x{}", "00".repeat(65_537));
    let error = rig.fail("contract_query", json!([contract, long])).await;
    assert_eq!(error["data"]["what"], "message");
}

#[tokio::test]
async fn events_are_asked_for_in_pages() {
    let rig = plain_rig().await;
    let filter = json!({"contract": fake::address(9), "topics": [null, Hash32::ZERO.to_string()]});
    let params = json!({"filter": filter, "after": "3.1.2", "toHeight": 9});
    let page = rig.call("events_query", params).await;
    assert_eq!(page["resume"], "42.0.0");
    let query = rig.node.event_queries.lock().unwrap().pop().unwrap();
    assert_eq!(query.topics, [None, Some([0; 32])]);
    assert_eq!((query.from, query.to, query.limit), (None, Some(9), 100));
    assert_eq!(query.after.unwrap().to_string(), "3.1.2");

    let error = rig.fail("events_query", json!({"limit": 1001})).await;
    assert_eq!(
        (kind(&error), &error["data"]["max"]),
        ("RANGE_TOO_LARGE", &json!("1000"))
    );
    let five = json!({"topics": [null, null, null, null, null]});
    let error = rig.fail("events_query", json!([five])).await;
    assert_eq!(error["data"]["what"], "topics");
}

#[tokio::test]
async fn every_failed_status_is_an_error_of_its_own() {
    use StatusCode as S;
    for status in S::ALL.iter().copied().filter(|it| !it.is_success()) {
        let (code, name) = match status {
            S::Reverted => (3, "REVERTED"),
            S::ContractNotFound => (1201, "CONTRACT_NOT_FOUND"),
            S::OutOfGas => (1202, "OUT_OF_GAS"),
            S::Trapped => (1203, "TRAPPED"),
            S::CodeRejected => (1204, "WASM_REJECTED"),
            S::AbiMismatch => (1205, "ABI_MISMATCH"),
            S::DepositLimit | S::LimitExceeded => (1206, "STORAGE_LIMIT"),
            S::CallDepth => (1207, "CALL_DEPTH"),
            _ => (1209, "EXECUTION_FAILED"),
        };
        let node = FakeNode {
            status,
            ..FakeNode::default()
        };
        let rig = rig(node, RpcConfig::on_free_port()).await;
        let error = rig
            .fail("contract_query", json!([fake::address(1), "0xabcd"]))
            .await;
        if ![S::CodeRejected, S::AbiMismatch].contains(&status) {
            let frame = &error["data"]["callStack"][0];
            let found = [&frame["contract"], &frame["message"], &frame["gasUsed"]];
            let expected = [json!(fake::address(1)), json!("0xabcd"), json!("9")];
            assert_eq!(found, expected.each_ref(), "{error}");
            assert_eq!(frame["status"], status.as_str());
        }
        assert_eq!(
            (error["code"].as_i64(), kind(&error)),
            (Some(code), name),
            "{error}"
        );
        let unsigned = json!([Bytes(fake::transaction(0).encode())]);
        let error = rig.fail("tx_simulate", unsigned).await;
        assert_eq!(kind(&error), name);
        if status == S::Reverted {
            assert_eq!(error["data"]["action"], 0);
            assert_eq!(error["data"]["revertData"], "0x01");
        }
    }
}
