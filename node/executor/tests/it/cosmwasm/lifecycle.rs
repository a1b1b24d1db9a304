//! Contracts that contracts create, migrate and hand over.

use argosy_primitives::{Action, Address, StatusCode};
use argosy_vm_engine::sha256;
use serde_json::{Value, json};

use super::echo::{
    NOTHING, base64, call, create, echoes, event, events, heard, informed, kept, kept_json, module,
    sending, silent, text,
};
use crate::kit::{ALICE, BOB, Kit, Returned, address};
use crate::puppet::Steps;

/// A message that creates an echo from the first code.
fn instantiate(admin: Option<String>, funds: &str) -> Value {
    let funds = json!([{"denom": "pargo", "amount": funds}]);
    json!({"wasm": {"instantiate": {
        "admin": admin, "code_id": 1, "msg": base64(NOTHING.as_bytes()), "funds": funds,
        "label": "child",
    }}})
}

/// The address in the last reply of a creation.
#[track_caller]
fn created(kit: &Kit, parent: &Address) -> Address {
    let reply = kept_json(kit, parent, "reply");
    let mut created = reply["result"]["ok"]["events"].as_array().unwrap().iter();
    let created = created.rfind(|it| it["type"] == "instantiate").unwrap();
    let text = created["attributes"][0]["value"].as_str().unwrap();
    Address::parse(text).unwrap().1
}

#[test]
fn a_contract_creates_others_each_at_a_place_of_its_own() {
    let (mut kit, code, contracts) = echoes(1);
    let parent = contracts[0];
    let messages = [
        silent(instantiate(None, "5")),
        heard(instantiate(Some(text(&kit, &parent)), "6"), "success"),
    ];
    let receipt = kit.must(ALICE, call(&parent, 0, sending(&messages)));
    let child = created(&kit, &parent);
    let record = kit.contract(&child);
    assert_eq!((record.code, record.creator), (code, parent));
    assert_eq!(record.admin, Some(parent));
    assert_eq!(kit.account(&child).balance, 6);
    let sender = kept_json(&kit, &child, "info")["sender"].clone();
    assert_eq!(sender, json!(text(&kit, &parent)));
    let me = text(&kit, &child);
    let expected = event(
        "instantiate",
        &[("_contract_address", me.as_str()), ("code_id", "1")],
    );
    assert_eq!(
        events(&receipt)
            .iter()
            .filter(|it| **it == expected)
            .count(),
        1
    );
    assert_eq!(kit.code(&code).users, 3);
    let reply = kept_json(&kit, &parent, "reply");
    let response = reply["result"]["ok"]["msg_responses"][0]["type_url"].clone();
    assert_eq!(response, "/cosmwasm.wasm.v1.MsgInstantiateContractResponse");
    // And again, in another transaction.
    kit.must(ALICE, call(&parent, 0, sending(&messages)));
    assert_ne!(created(&kit, &parent), child);
}

/// What `cosmwasm_std::instantiate2_address` computes in a contract.
fn predicted(code: &[u8], creator: &Address, salt: &[u8]) -> Address {
    let sized = |bytes: &[u8]| [&(bytes.len() as u64).to_be_bytes()[..], bytes].concat();
    let key = [
        &b"wasm\0"[..],
        &sized(&sha256(code)),
        &sized(creator.as_bytes()),
        &sized(salt),
        &sized(b""),
    ]
    .concat();
    Address::from_bytes(sha256(&[&sha256(b"module")[..], &key].concat()))
}

#[test]
fn a_predictable_address_is_the_one_that_contracts_compute() {
    let (mut kit, _, contracts) = echoes(1);
    let parent = contracts[0];
    let mut message = instantiate(None, "0");
    let mut fields = message["wasm"]["instantiate"].take();
    fields["salt"] = json!(base64(b"salt"));
    let message = json!({"wasm": {"instantiate2": fields}});
    let result = sending(&[silent(message)]);
    kit.must(ALICE, call(&parent, 0, result.clone()));
    let child = predicted(&module(""), &parent, b"salt");
    assert_eq!(kit.contract(&child).creator, parent);
    let receipt = kit.run(ALICE, vec![call(&parent, 0, result)]);
    assert_eq!(
        (receipt.status, &receipt.data[..]),
        (StatusCode::Reverted, &b"already_exists"[..])
    );
}

#[test]
fn a_code_that_is_not_there_fails_the_message() {
    let (mut kit, _, contracts) = echoes(1);
    let mut message = instantiate(None, "0");
    message["wasm"]["instantiate"]["code_id"] = json!(77);
    let receipt = kit.run(
        ALICE,
        vec![call(&contracts[0], 0, sending(&[silent(message)]))],
    );
    assert_eq!(receipt.data, b"no such code");
}

#[test]
fn an_admin_migrates_hands_over_and_freezes() {
    let (mut kit, old, contracts) = echoes(2);
    let (parent, stranger) = (contracts[0], contracts[1]);
    let new = kit.store_code(ALICE, module(r#"(func (export "other"))"#));
    let result = sending(&[heard(
        instantiate(Some(text(&kit, &parent)), "0"),
        "success",
    )]);
    kit.must(ALICE, call(&parent, 0, result));
    let child = created(&kit, &parent);
    let me = text(&kit, &child);
    let migrate = json!({"wasm": {"migrate": {
        "contract_addr": me, "new_code_id": 2, "msg": base64(b"{}"),
    }}});
    let migrate = sending(&[silent(migrate)]);
    let receipt = kit.run(ALICE, vec![call(&stranger, 0, migrate.clone())]);
    assert_eq!(receipt.data, b"unauthorized");
    let receipt = kit.must(ALICE, call(&parent, 0, migrate.clone()));
    assert_eq!(kit.contract(&child).code, new);
    assert_eq!(kept(&kit, &child, "migrated").as_deref(), Some(&b"{}"[..]));
    let expected = event(
        "migrate",
        &[("code_id", "2"), ("_contract_address", me.as_str())],
    );
    assert!(events(&receipt).contains(&expected));
    assert_eq!(kit.code(&old).users, 2);

    let hand_over = json!({"wasm": {"update_admin": {
        "contract_addr": me, "admin": text(&kit, &stranger),
    }}});
    kit.must(ALICE, call(&parent, 0, sending(&[silent(hand_over)])));
    assert_eq!(kit.contract(&child).admin, Some(stranger));
    let receipt = kit.run(ALICE, vec![call(&parent, 0, migrate.clone())]);
    assert_eq!(receipt.data, b"unauthorized");
    let freeze = json!({"wasm": {"clear_admin": {"contract_addr": me}}});
    kit.must(ALICE, call(&stranger, 0, sending(&[silent(freeze)])));
    assert_eq!(kit.contract(&child).admin, None);
    let receipt = kit.run(ALICE, vec![call(&stranger, 0, migrate)]);
    assert_eq!(receipt.data, b"unauthorized");
}

#[test]
fn people_migrate_by_an_upgrade() {
    let (mut kit, _, contracts) = echoes(1);
    let code = kit.store_code(ALICE, module(r#"(func (export "other"))"#));
    let upgrade = Action::Upgrade {
        contract: contracts[0],
        code,
        message: b"{}".to_vec(),
    };
    let receipt = kit.run(BOB, vec![upgrade.clone()]);
    assert_eq!(receipt.status, StatusCode::Unauthorized);
    kit.must(ALICE, upgrade);
    assert_eq!(
        kept(&kit, &contracts[0], "migrated").as_deref(),
        Some(&b"{}"[..])
    );
    assert_eq!(kit.contract(&contracts[0]).code, code);
    assert_eq!(kit.contract(&contracts[0]).admin, Some(address(ALICE)));
}

/// A native contract calls its admin without leave to come back: the admin does not run a migration in the
/// middle of that call, only once it is over.
#[test]
fn an_admin_does_not_migrate_a_native_contract_that_is_half_done() {
    let mut kit = Kit::new();
    let (_, puppets) = kit.puppets(1);
    let contract = puppets[0];
    let code = kit.store_code(ALICE, module(""));
    let admin = create(&mut kit, code, 9, 0);
    let set_admin = Action::SetAdmin {
        contract,
        admin: Some(admin),
    };
    kit.must(ALICE, set_admin);
    let steps = Steps::new().set(b"half", b"done").bytes();
    let migrate = json!({"wasm": {"migrate": {
        "contract_addr": text(&kit, &contract), "new_code_id": 1, "msg": base64(&steps),
    }}});
    let migrate = sending(&[silent(migrate)]);
    let within = Steps::new().call_with_bytes(&admin, 0, migrate.as_bytes());
    let receipt = kit.must(ALICE, crate::kit::call(&contract, within));
    let mut returned = Returned::of(&receipt.data);
    assert_eq!(returned.status(), StatusCode::Reverted);
    assert_eq!(returned.register(), b"reentry");
    assert_eq!(kept(&kit, &contract, "half"), None);
    kit.must(ALICE, call(&admin, 0, migrate));
    assert_eq!(kept(&kit, &contract, "half").as_deref(), Some(&b"done"[..]));
}

/// A module that expects a version of its storage, and is another one for each name.
fn versioned(version: &str, name: &str) -> Vec<u8> {
    let section = |name: &str, contents: &[u8]| {
        let mut bytes = vec![u8::try_from(name.len()).unwrap()];
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(contents);
        [&[0, u8::try_from(bytes.len()).unwrap()][..], &bytes].concat()
    };
    let version = section("cw_migrate_version", version.as_bytes());
    [
        module(""),
        version,
        section("name of this module", name.as_bytes()),
    ]
    .concat()
}

/// As wasmd: nothing runs between codes that expect the same, and the chain announces the migration all the same.
#[test]
fn a_migration_runs_nothing_if_the_storage_is_of_the_same_version() {
    let mut kit = Kit::new();
    let codes = [("2", "a"), ("2", "b"), ("3", "c")];
    let codes = codes.map(|(version, name)| kit.store_code(ALICE, versioned(version, name)));
    let versions = codes.map(|it| kit.code(&it).storage_version);
    assert_eq!(versions, [Some(2), Some(2), Some(3)]);
    let plain = kit.store_code(ALICE, module(""));
    assert_eq!(kit.code(&plain).storage_version, None);
    let contract = create(&mut kit, codes[0], 1, 0);
    let mut upgrade = |code, message: &str| {
        let upgrade = Action::Upgrade {
            contract,
            code,
            message: message.into(),
        };
        let receipt = kit.must(ALICE, upgrade);
        let announced = events(&receipt).iter().any(|it| it["type"] == "migrate");
        assert!(announced, "{message}");
        assert_eq!(kit.contract(&contract).code, code);
        let kept = kept(&kit, &contract, "migrated").unwrap_or_default();
        String::from_utf8(kept).unwrap()
    };
    assert_eq!(upgrade(codes[1], "same"), "", "it ran nothing");
    assert_eq!(upgrade(codes[2], "later"), "later");
    assert_eq!(upgrade(codes[0], "back"), "back");
    assert_eq!(upgrade(plain, "unknown"), "unknown");
    assert_eq!(upgrade(plain, "both unknown"), "both unknown");
    assert_eq!(upgrade(codes[1], "known again"), "known again");
}

/// `migrate(env, msg, info)` is told who migrates, and the version that the old code expected.
#[test]
fn a_migration_is_told_what_it_comes_from() {
    let mut kit = Kit::new();
    let informed = kit.store_code(ALICE, informed());
    let old = kit.store_code(ALICE, versioned("41", "old"));
    let contract = create(&mut kit, old, 1, 0);
    let upgrade = Action::Upgrade {
        contract,
        code: informed,
        message: b"{}".to_vec(),
    };
    kit.must(ALICE, upgrade.clone());
    let alice = text(&kit, &address(ALICE));
    let expected = json!({"sender": alice, "old_migrate_version": 41});
    assert_eq!(kept_json(&kit, &contract, "info"), expected);
    kit.must(ALICE, upgrade);
    let expected = json!({"sender": alice, "old_migrate_version": null});
    assert_eq!(kept_json(&kit, &contract, "info"), expected);
}
