//! What every sample is there for, as a scenario on the real executor; contracts that call contracts.
//!
//! Not here: on which tier they run, and what they are compared by (`tiers`), what they cost (`gas_page`).

use argosy_primitives::{PublicKey, SecretKey, Signature, blake3};
use argosy_testing::{Contract, Deploy, Person, World};
use serde_json::{Value, json};

use crate::artifact;

const FOREVER: &str = "18446744073709551615";

/// Does something with a sample, and sees that it does what it should. The chain that it leaves behind.
pub(crate) type Scenario = fn(World, [Person; 3]) -> World;

/// Deploys a sample by its one `init`.
fn deploy(world: &mut World, by: &Person, name: &str, args: Value) -> Contract {
    world.deploy(by, &artifact(name), "init", args).unwrap()
}

/// The same, with native tokens.
fn deploy_paid(world: &mut World, by: &Person, name: &str, funds: u128, args: Value) -> Contract {
    let deploy = Deploy {
        funds,
        ..Deploy::default()
    };
    let made = world.deploy_with(by, &artifact(name), deploy, "init", args);
    let (contract, outcome) = made.unwrap();
    contract.unwrap_or_else(|| panic!("{outcome}"))
}

/// What a method returned, which must succeed.
#[track_caller]
fn ok(world: &mut World, by: &Person, contract: &Contract, method: &str, args: Value) -> Value {
    world.call(by, contract, method, args).unwrap().ok()
}

#[track_caller]
fn ask(world: &World, contract: &Contract, method: &str, args: Value) -> Value {
    world.query(contract, method, args).unwrap()
}

pub(crate) fn unique_tokens_are_made_moved_and_listed(
    mut world: World,
    [alice, bob, carol]: [Person; 3],
) -> World {
    let nft = deploy(
        &mut world,
        &alice,
        "nft",
        json!({ "name": "Ships", "symbol": "SHP" }),
    );
    for expected in ["0", "1"] {
        let args = json!({ "to": "bob", "uri": "ipfs://ship" });
        assert_eq!(ok(&mut world, &alice, &nft, "mint", args), json!(expected));
    }
    let stolen = world.call(
        &carol,
        &nft,
        "transfer",
        json!({ "token": 0, "to": "carol" }),
    );
    stolen.unwrap().fails("NotAllowed");
    ok(
        &mut world,
        &bob,
        &nft,
        "transfer",
        json!({ "token": 0, "to": "carol" }),
    );
    let list = |owner: &str| json!({ "owner": owner, "after": null, "limit": 10 });
    assert_eq!(ask(&world, &nft, "tokens_of", list("bob")), json!(["1"]));
    assert_eq!(ask(&world, &nft, "tokens_of", list("carol")), json!(["0"]));
    world
}

pub(crate) fn owners_agree_wait_and_pay(
    mut world: World,
    [alice, bob, carol]: [Person; 3],
) -> World {
    let args = json!({ "owners": ["alice", "bob"], "rules": { "threshold": 2, "delay_ms": 5000 } });
    let wallet = deploy_paid(&mut world, &alice, "multisig", 900, args);
    let action = json!({ "type": "Send", "to": "carol", "amount": 400 });
    let number = ok(
        &mut world,
        &alice,
        &wallet,
        "propose",
        json!({ "action": action }),
    );
    let proposal = json!({ "proposal": number });
    ok(&mut world, &bob, &wallet, "confirm", proposal.clone());
    let early = world
        .call(&bob, &wallet, "execute", proposal.clone())
        .unwrap();
    early.fails("TooEarly");
    world.pass(6_000).unwrap();
    let before = world.balance(carol.address()).unwrap();
    ok(&mut world, &bob, &wallet, "execute", proposal);
    assert_eq!(world.balance(carol.address()).unwrap(), before + 400);
    world
}

pub(crate) fn an_escrow_pays_the_seller(mut world: World, [alice, bob, _]: [Person; 3]) -> World {
    let args = json!({ "seller": "bob", "arbiter": "carol", "deadline": FOREVER });
    let escrow = deploy_paid(&mut world, &alice, "escrow", 700, args);
    let before = world.balance(bob.address()).unwrap();
    ok(&mut world, &alice, &escrow, "release", json!({}));
    assert_eq!(world.balance(bob.address()).unwrap(), before + 700);
    let again = world.call(&alice, &escrow, "release", json!({})).unwrap();
    again.fails("NotHeld");
    world
}

pub(crate) fn tokens_are_exchanged_between_two_contracts(
    mut world: World,
    [alice, bob, _]: [Person; 3],
) -> World {
    let args = json!({ "name": "Harbour", "symbol": "HRB", "decimals": 6, "supply": 10_000_000 });
    let token = deploy(&mut world, &alice, "token", args);
    let exchange = deploy(&mut world, &alice, "exchange", json!({ "token": "token" }));
    let add = json!({ "tokens_max": 4_000_000, "shares_min": 0, "until": FOREVER });
    // Without an approval the token refuses, and the frames tell who did.
    let refused = world
        .pay(&alice, &exchange, 1_000_000, "add", add.clone())
        .unwrap();
    refused.fails("TokenRefused");
    let told = refused.to_string();
    assert!(
        told.contains("token.transfer_from: reverted: InsufficientAllowance"),
        "{told}"
    );
    let approve = json!({ "spender": "exchange", "amount": 4_000_000 });
    ok(&mut world, &alice, &token, "approve", approve);
    let shares = world.pay(&alice, &exchange, 1_000_000, "add", add).unwrap();
    assert_eq!(shares.ok(), json!("1999000"));
    let swap = json!({ "tokens_min": 39_486, "until": FOREVER });
    let got = world
        .pay(&bob, &exchange, 10_000, "swap_native", swap)
        .unwrap();
    assert_eq!(got.ok(), json!("39486"));
    assert_eq!(
        ask(&world, &token, "balance_of", json!({ "owner": "bob" })),
        json!("39486")
    );
    world
}

pub(crate) fn a_name_is_committed_to_and_registered(
    mut world: World,
    [alice, bob, _]: [Person; 3],
) -> World {
    let names = deploy(&mut world, &alice, "names", json!({ "fee": 100 }));
    let secret = format!("0x{}", "07".repeat(32));
    let committed = json!({ "name": "ship", "owner": "bob", "secret": secret });
    let hash = ask(&world, &names, "commitment", committed);
    ok(
        &mut world,
        &bob,
        &names,
        "commit",
        json!({ "commitment": hash }),
    );
    let register = json!({ "name": "ship", "target": "bob", "years": 1, "secret": secret });
    let early = world
        .pay(&bob, &names, 100, "register", register.clone())
        .unwrap();
    early.fails("TooEarly");
    world.pass(61_000).unwrap();
    world
        .pay(&bob, &names, 100, "register", register)
        .unwrap()
        .ok();
    let target = ask(&world, &names, "resolve", json!({ "name": "ship" }));
    assert_eq!(target, json!(bob.address().to_text(world.hrp())));
    world
}

pub(crate) fn a_gift_grows_with_the_blocks(
    mut world: World,
    [alice, bob, _]: [Person; 3],
) -> World {
    let start = world.time();
    let args = json!({ "beneficiary": "bob", "start": start.to_string(), "cliff_ms": 0,
        "duration_ms": 1_000_000, "revocable": false });
    let vesting = deploy_paid(&mut world, &alice, "vesting", 1_000_000, args);
    world.pass(500_000).unwrap();
    let before = world.balance(bob.address()).unwrap();
    let paid = ok(&mut world, &alice, &vesting, "release", json!({}));
    let paid: u128 = paid.as_str().unwrap().parse().unwrap();
    assert!((500_000..510_000).contains(&paid), "{paid}");
    assert_eq!(world.balance(bob.address()).unwrap(), before + paid);
    world
}

pub(crate) fn a_poll_counts_until_it_closes(
    mut world: World,
    [alice, bob, _]: [Person; 3],
) -> World {
    let closes_at = (world.time() + 60_000).to_string();
    let args = json!({ "question": "Where to?", "answers": ["Aden", "Goa"], "closes_at": closes_at, "voters": [] });
    let poll = deploy(&mut world, &alice, "poll", args);
    for voter in [&alice, &bob] {
        ok(&mut world, voter, &poll, "vote", json!({ "answer": 1 }));
    }
    assert_eq!(ask(&world, &poll, "winner", json!({})), Value::Null);
    world.pass(60_000).unwrap();
    assert_eq!(ask(&world, &poll, "winner", json!({})), json!(1));
    let late = world
        .call(&alice, &poll, "vote", json!({ "answer": 0 }))
        .unwrap();
    late.fails("Closed");
    world
}

pub(crate) fn the_plain_counter_becomes_one_that_its_owner_upgrades(
    mut world: World,
    [alice, bob, _]: [Person; 3],
) -> World {
    let deploy = Deploy {
        admin: Some(alice.address()),
        ..Deploy::default()
    };
    let made = world.deploy_with(
        &alice,
        &artifact("counter"),
        deploy,
        "init",
        json!({ "start": 40 }),
    );
    let counter = made.unwrap().0.unwrap();
    ok(&mut world, &bob, &counter, "add", json!({ "add": 2 }));
    let code = artifact("upgradeable");
    let upgraded = world.upgrade(
        &alice,
        &counter,
        &code,
        "migrate",
        json!({ "owner": "bob" }),
    );
    let (upgraded, outcome) = upgraded.unwrap();
    let upgraded = upgraded.unwrap_or_else(|| panic!("{outcome}"));
    assert_eq!(ask(&world, &upgraded, "value", json!({})), json!("42"));
    assert_eq!(ask(&world, &upgraded, "layout", json!({})), json!(2));
    let hash = format!("0x{}", "11".repeat(32));
    let announce = json!({ "code": hash });
    world
        .call(&alice, &upgraded, "announce", announce.clone())
        .unwrap()
        .fails("NotOwner");
    ok(&mut world, &bob, &upgraded, "announce", announce);
    let early = world.call(
        &bob,
        &upgraded,
        "upgrade",
        json!({ "code": hash, "message": "0x" }),
    );
    early.unwrap().fails("TooEarly");
    world
}

pub(crate) fn a_lot_is_blocked_by_its_alarms(
    mut world: World,
    [alice, bob, _]: [Person; 3],
) -> World {
    let lots = deploy(&mut world, &alice, "lots", json!({}));
    for (role, who) in [("Inspector", "alice"), ("Manager", "bob")] {
        let args = json!({ "role": role, "who": who, "has": true });
        ok(&mut world, &alice, &lots, "set_role", args);
    }
    let characteristics = json!([{ "name": "diameter", "unit": "µm", "min": 990, "max": 1010 }]);
    let args = json!({ "lot": "L-1", "product": "shaft", "characteristics": characteristics, "alarms_max": 1 });
    ok(&mut world, &alice, &lots, "open_lot", args);
    let measure = |value: i64| json!({ "lot": "L-1", "characteristic": 0, "value": value });
    assert_eq!(
        ok(&mut world, &alice, &lots, "measure", measure(1_000)),
        json!(false)
    );
    let alarmed = world
        .call(&alice, &lots, "measure", measure(1_011))
        .unwrap();
    assert_eq!(alarmed.ok(), json!(true));
    let names: Vec<&str> = alarmed.events().iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["Alarm", "Moved"]);
    let release = json!({ "lot": "L-1" });
    world
        .call(&bob, &lots, "release", release.clone())
        .unwrap()
        .fails("WrongStatus");
    ok(
        &mut world,
        &bob,
        &lots,
        "resume",
        json!({ "lot": "L-1", "reason": "gauge mended" }),
    );
    ok(&mut world, &bob, &lots, "release", release);
    world
}

fn hex(bytes: impl AsRef<[u8]>) -> Value {
    json!(const_hex::encode_prefixed(bytes))
}

fn bytes(value: &Value) -> [u8; 32] {
    const_hex::decode_to_array(value.as_str().unwrap()).unwrap()
}

fn sign(key: &SecretKey, hash: &Value) -> Value {
    let Signature::Ed25519(signature) = key.sign(&bytes(hash));
    hex(signature)
}

/// The root as docs/contracts/attestation.md has it.
fn root(readings: &[(u64, i64)]) -> [u8; 32] {
    let leaf = |(time, value): &(u64, i64)| {
        blake3(&[&[0][..], &time.to_le_bytes(), &value.to_le_bytes()].concat())
    };
    let mut level: Vec<[u8; 32]> = readings.iter().map(leaf).collect();
    while level.len() > 1 {
        let join = |pair: &[[u8; 32]]| match pair {
            [left, right] => blake3(&[&[1][..], left, right].concat()),
            _ => pair[0],
        };
        level = level.chunks(2).map(join).collect();
    }
    let count = u32::try_from(readings.len()).unwrap();
    blake3(&[&[2][..], &count.to_le_bytes(), &level[0]].concat())
}

pub(crate) fn a_device_attests_a_thousand_readings_in_one_transaction(
    mut world: World,
    [alice, bob, _]: [Person; 3],
) -> World {
    let devices = deploy(&mut world, &alice, "devices", json!({}));
    let attestation = deploy(
        &mut world,
        &alice,
        "attestation",
        json!({ "registry": "devices" }),
    );
    let key = SecretKey::generate_from([7; 32]);
    let PublicKey::Ed25519(public) = key.public();
    let args = json!({ "device": "pump-7", "number": 0, "key": hex(public) });
    let statement = ask(&world, &devices, "statement", args);
    let args = json!({ "device": "pump-7", "controller": "bob", "model": "P100", "key": hex(public),
        "possession": sign(&key, &statement) });
    ok(&mut world, &alice, &devices, "enroll", args);

    let now = world.time();
    let readings: Vec<(u64, i64)> = (0..1_000)
        .map(|it| (now - 1_000 + it, 7 - it as i64))
        .collect();
    let root = root(&readings);
    let args = json!({ "device": "pump-7", "number": 0, "root": hex(root) });
    let to_sign = ask(&world, &attestation, "to_sign", args);
    let list = readings
        .iter()
        .map(|(time, value)| json!({ "time": time.to_string(), "value": value.to_string() }));
    let list: Vec<Value> = list.collect();
    let args = json!({ "device": "pump-7", "readings": list, "signature": sign(&key, &to_sign) });
    // Anyone may send it.
    let submitted = world.call(&bob, &attestation, "submit", args).unwrap();
    assert_eq!(submitted.ok(), json!("0"));
    let batch = ask(
        &world,
        &attestation,
        "batch",
        json!({ "device": "pump-7", "number": 0 }),
    );
    assert_eq!(
        (&batch["root"], &batch["count"]),
        (&hex(root), &json!(1_000))
    );
    submitted.at_most(30_000_000);
    world
}

pub(crate) fn a_counter_counts_to_its_end(mut world: World, [alice, bob, _]: [Person; 3]) -> World {
    let counter = deploy(&mut world, &alice, "counter", json!({ "start": 40 }));
    assert_eq!(
        ok(&mut world, &bob, &counter, "increment", json!({})),
        json!("41")
    );
    assert_eq!(
        ok(&mut world, &bob, &counter, "add", json!({ "add": 1 })),
        json!("42")
    );
    let over = world
        .call(&bob, &counter, "add", json!({ "add": FOREVER }))
        .unwrap();
    over.fails("TooLarge");
    assert_eq!(ask(&world, &counter, "value", json!({})), json!("42"));
    world
}

pub(crate) fn tokens_are_sent_and_lent(
    mut world: World,
    [alice, bob, carol]: [Person; 3],
) -> World {
    let args = json!({ "name": "Harbour", "symbol": "HRB", "decimals": 6, "supply": 1_000 });
    let token = deploy(&mut world, &alice, "token", args);
    ok(
        &mut world,
        &alice,
        &token,
        "transfer",
        json!({ "to": "bob", "amount": 400 }),
    );
    ok(
        &mut world,
        &bob,
        &token,
        "approve",
        json!({ "spender": "carol", "amount": 150 }),
    );
    let take = |amount: u32| json!({ "from": "bob", "to": "carol", "amount": amount });
    ok(&mut world, &carol, &token, "transfer_from", take(100));
    let more = world
        .call(&carol, &token, "transfer_from", take(51))
        .unwrap();
    more.fails("InsufficientAllowance");
    let balances = ["alice", "bob", "carol"]
        .map(|it| ask(&world, &token, "balance_of", json!({ "owner": it })));
    assert_eq!(balances, ["600", "300", "100"].map(|it| json!(it)));
    world
}

pub(crate) fn an_owner_hands_a_counter_over(
    mut world: World,
    [alice, bob, _]: [Person; 3],
) -> World {
    let args = json!({ "start": 40 });
    let counter = deploy(&mut world, &alice, "upgradeable", args);
    ok(&mut world, &bob, &counter, "add", json!({ "add": 2 }));
    assert_eq!(ask(&world, &counter, "value", json!({})), json!("42"));
    let announce = json!({ "code": format!("0x{}", "22".repeat(32)) });
    world
        .call(&bob, &counter, "announce", announce.clone())
        .unwrap()
        .fails("NotOwner");
    ok(&mut world, &alice, &counter, "announce", announce);
    world
}

/// What contracts should not do ends in the same way wherever it runs.
pub(crate) fn whatever_a_contract_does_wrong_has_an_end(
    mut world: World,
    [alice, bob, _]: [Person; 3],
) -> World {
    let probe = deploy(&mut world, &alice, "probe", json!({ "note": "one" }));
    let good = [
        ("count", json!({})),
        ("echo", json!({ "data": "0x0102" })),
        ("store", json!({ "key": "0x01", "value": "0x0203" })),
        ("fill", json!({ "count": 20, "value_bytes": 100 })),
        ("clear", json!({ "count": 10 })),
        ("divide", json!({ "a": 7, "b": 2 })),
        ("recurse", json!({ "depth": 50 })),
        ("grow", json!({ "pages": 3 })),
        ("emit_many", json!({ "count": 3, "payload_bytes": 40 })),
        ("log", json!({ "text": "here", "times": 2 })),
    ];
    for (method, args) in good {
        ok(&mut world, &bob, &probe, method, args);
    }
    let bad = [
        ("trap", json!({})),
        ("panic", json!({})),
        ("divide", json!({ "a": 7, "b": 0 })),
        ("overflow", json!({ "number": FOREVER })),
        ("recurse", json!({ "depth": 1_000_000 })),
        ("bad_pointer", json!({ "what": 0 })),
        ("fail_with_text", json!({ "text": "no" })),
        ("store_large", json!({ "key_bytes": 300, "value_bytes": 1 })),
    ];
    for (method, args) in bad {
        let outcome = world.call(&bob, &probe, method, args).unwrap();
        assert!(!outcome.is_success(), "{method}: {outcome}");
    }
    world
}
