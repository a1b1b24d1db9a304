//! A chain over the state of another one: only what is touched is read, and only if it is proven.

use argosy_fork::{Fork, ForkPlace, ForkTerms};
use argosy_primitives::Address;
use argosy_sdk::wallet::dev_names;
use argosy_testing::World;
use serde_json::{Value, json};

use crate::between::{Between, flip};
use crate::world::{Dev, argosy, artifact};

/// A chain with a token of which bob has 100.
fn origin() -> (Dev, String) {
    let origin = Dev::start();
    let token = origin.json(&format!(
        "contract deploy {} --from alice -- --name Forked --symbol FRK --decimals 2 --supply 1000",
        artifact("token.wasm")
    ));
    let token = token["contract"].as_str().unwrap().to_owned();
    let line = format!("contract call {token} --from alice -- transfer --to bob --amount 100");
    origin.line(&line).ok();
    (origin, token)
}

/// A fork that keeps what it reads in a folder.
fn fork(url: &str, cache: &tempfile::TempDir, options: &[&str]) -> Dev {
    let mut words = vec!["--fork", url];
    words.extend(options);
    Dev::start_in(&words, &[("XDG_CACHE_HOME", cache.path())])
}

fn balance(dev: &Dev, token: &str, owner: &str) -> String {
    let line = format!("contract query {token} -- balance-of --owner {owner}");
    dev.line(&line).ok().stdout.trim().to_owned()
}

#[test]
fn a_transaction_on_a_fork_does_what_it_does_on_the_origin() {
    let (origin, token) = origin();
    let (between, cache) = (Between::of(&origin.url), tempfile::tempdir().unwrap());
    let forked = fork(&between.url, &cache, &[]);
    assert_eq!(between.reads(), 0, "nothing is read before it is touched");
    assert_eq!(forked.banner["genesisHash"], origin.banner["genesisHash"]);
    assert_eq!(forked.banner["fork"]["height"], 2);
    assert_eq!(forked.banner["fork"]["isProven"], true);
    let head = origin.json("block get");
    assert_eq!(forked.banner["fork"]["hash"], head["at"]["hash"]);
    assert_eq!(
        forked.json("block get")["header"]["parent"],
        head["at"]["hash"]
    );

    assert_eq!(balance(&forked, &token, "bob"), "100");
    let read = between.reads();
    assert!((1..20).contains(&read), "{read} questions for one query");
    assert_eq!(balance(&forked, &token, "bob"), "100");
    assert_eq!(between.reads(), read, "once is enough");
    assert_eq!(between.asked("code"), 1);

    let supply = |dev: &Dev| dev.json("account supply")["supply"].clone();
    assert_eq!(supply(&forked), supply(&origin), "it is taken over");

    // The same transaction, with its signature, on both.
    let line = format!("contract call {token} --from bob -- transfer --to carol --amount 30");
    let there = forked.json(&line);
    let here = origin.json(&line);
    assert_eq!(there["txId"], here["txId"]);
    for field in ["status", "gasUsed", "fee", "data", "events"] {
        assert_eq!(there["receipt"][field], here["receipt"][field], "{field}");
    }
    assert_eq!(balance(&forked, &token, "carol"), "30");
    assert_eq!(supply(&forked), supply(&origin), "both burned as much");
    // What the fork does, its origin never hears of.
    let line = format!("contract call {token} --from bob -- transfer --to dave --amount 7");
    forked.line(&line).ok();
    assert_eq!(balance(&forked, &token, "dave"), "7");
    assert_eq!(balance(&origin, &token, "dave"), "0");
    forked.line("dev faucet bob --amount 5").ok();
    let mark = forked.json("dev snapshot")["snapshot"].clone();
    forked
        .line("tx transfer --from bob --to carol --amount 1")
        .ok();
    forked.line(&format!("dev revert {mark}")).ok();
    assert_eq!(balance(&forked, &token, "dave"), "7");
}

#[test]
fn tests_of_contracts_run_on_the_state_of_a_chain_that_runs() {
    let (origin, token) = origin();
    let place: ForkPlace = origin.url.parse().unwrap();
    let terms = ForkTerms {
        place: &place,
        trust: false,
        chain: None,
        keep: false,
    };
    let fork = Fork::open_blocking(terms).unwrap();
    assert!(fork.warnings().is_empty(), "{:?}", fork.warnings());
    let mut world = World::on(fork.chain().unwrap()).unwrap();
    let (_, address) = Address::parse(&token).unwrap();
    let found = world.find(address).unwrap().expect("the origin has it");
    let bob = dev_names()["bob"].to_text(world.hrp());
    let owner = json!({ "owner": bob });
    assert_eq!(
        world.query(&found, "balance_of", owner).unwrap(),
        json!("100")
    );
    // Somebody whom the origin never saw.
    let zoe = world.person("zoe").unwrap();
    let give = json!({ "to": bob, "amount": 1 });
    world
        .call(&zoe, &found, "transfer", give)
        .unwrap()
        .fails("InsufficientBalance");
    let approve = json!({ "spender": bob, "amount": 7 });
    world.call(&zoe, &found, "approve", approve).unwrap().ok();
    let lent = json!({ "owner": "zoe", "spender": bob });
    assert_eq!(world.query(&found, "allowance", lent).unwrap(), json!("7"));
    assert!(world.find(Address::from_bytes([9; 32])).unwrap().is_none());
    // The origin hears of nothing, and another world begins where this one did.
    assert_eq!(origin.json("block get")["at"]["height"], 2);
    let again = World::on(fork.chain().unwrap()).unwrap();
    assert!(again.height() == 2 && world.height() > 2);
}

#[test]
fn what_was_read_is_read_from_disk_the_next_time() {
    let (origin, token) = origin();
    let (between, cache) = (Between::of(&origin.url), tempfile::tempdir().unwrap());
    let at = format!("{}@2", between.url);
    let ask = |forked: &Dev| {
        assert_eq!(balance(forked, &token, "bob"), "100");
        let line = format!("contract call {token} --from bob -- transfer --to carol --amount 1");
        forked.line(&line).ok();
    };
    let first = fork(&at, &cache, &[]);
    ask(&first);
    drop(first);
    let read = between.reads();
    assert!(read > 0);
    origin.line("dev mine 5").ok();
    let second = fork(&at, &cache, &[]);
    assert_eq!(second.banner["fork"]["height"], 2);
    ask(&second);
    assert_eq!(between.reads(), read, "nothing is asked for again");
    // Of another block nothing is known.
    let third = fork(&between.url, &cache, &[]);
    ask(&third);
    assert!(between.reads() > read);
}

#[test]
fn everything_a_contract_keeps_is_read_and_proven_before_it_is_iterated_over() {
    let origin = Dev::start();
    let probe = origin.json(&format!(
        "contract deploy {} --from alice -- init --note hello",
        artifact("probe.wasm")
    ));
    let probe = probe["contract"].as_str().unwrap().to_owned();
    let fill = "-- fill --count 40 --value-bytes 8";
    origin
        .line(&format!("contract call {probe} --from alice {fill}"))
        .ok();
    let scan =
        format!("contract query {probe} -- scan --from 5 --to 30 --descending true --limit 4");
    let expected = origin.line(&scan).ok().stdout;
    let (between, cache) = (Between::of(&origin.url), tempfile::tempdir().unwrap());
    let forked = fork(&between.url, &cache, &[]);
    // One entry less, or one that is not there.
    let lies: [fn(&mut Vec<Value>); 3] = [
        |entries| drop(entries.remove(9)),
        |entries| flip(&mut entries[9]["value"]),
        |entries| {
            let mut more = entries.last().unwrap().clone();
            let key = more["key"]["key"].as_str().unwrap().to_owned();
            more["key"]["key"] = json!(format!("{key}00"));
            entries.push(more);
        },
    ];
    for lie in lies {
        between.lies("state_getRange", move |answer| {
            lie(answer["result"]["entries"].as_array_mut().unwrap());
        });
        forked
            .line(&scan)
            .fails(4, &["does not hold", &between.url]);
    }
    between.lies_no_more();
    assert_eq!(forked.line(&scan).ok().stdout, expected);
    let asked = between.asked("state_getRange");
    // What the fork wrote is in its place among what lies beneath.
    let clear = format!("contract call {probe} --from alice -- clear --count 29");
    forked.line(&clear).ok();
    assert_eq!(forked.line(&scan).ok().stdout, "[29]\n");
    assert_eq!(between.asked("state_getRange"), asked);
    assert_eq!(origin.line(&scan).ok().stdout, expected);
}

/// What is asked for, and what the answer is made.
type Lie = (&'static str, fn(&mut Value));

#[test]
fn an_origin_that_lies_in_one_digit_is_refused_and_named() {
    let (origin, token) = origin();
    let (between, cache) = (Between::of(&origin.url), tempfile::tempdir().unwrap());
    let forked = fork(&between.url, &cache, &[]);
    let query = format!("contract query {token} -- balance-of --owner bob");
    let lies: [Lie; 5] = [
        ("state_getProof", |it| flip(&mut it["result"]["value"])),
        ("state_getProof", |it| flip(&mut it["result"]["proof"])),
        ("state_getProof", |it| {
            flip(&mut it["result"]["header"]["stateRoot"])
        }),
        ("state_getProof", |it| flip(&mut it["result"]["at"]["hash"])),
        ("code", |it| {
            let last = it.as_array().unwrap().len() - 1;
            let byte = it[last].as_u64().unwrap();
            it[last] = json!(byte ^ 1);
        }),
    ];
    for (method, lie) in lies {
        between.lies(method, lie);
        let ran = forked.line(&query);
        ran.fails(4, &["does not hold", &between.url]);
        let line = format!("contract call {token} --from bob -- transfer --to carol --amount 1");
        let sent = forked.line(&line);
        assert_ne!(sent.code, 0, "{method}: {sent:?}");
        between.lies_no_more();
    }
    // A lie is remembered by nobody.
    assert_eq!(balance(&forked, &token, "bob"), "100");
    // Those about where the fork begins are found before it does.
    let starts: [Lie; 3] = [
        ("system_chainSpec", |it| flip(&mut it["result"]["spec"])),
        ("chain_getHeader", |it| {
            flip(&mut it["result"]["header"]["stateRoot"])
        }),
        ("chain_getHeader", |it| {
            flip(&mut it["result"]["header"]["chain"])
        }),
    ];
    for (method, lie) in starts {
        between.lies(method, lie);
        argosy(&["dev", "--port", "0", "--fork", &between.url])
            .fails(1, &["does not hold", &between.url]);
        between.lies_no_more();
    }
}

#[test]
fn an_origin_that_is_away_costs_the_transaction_and_nothing_else() {
    let (origin, token) = origin();
    let (between, cache) = (Between::of(&origin.url), tempfile::tempdir().unwrap());
    let forked = fork(&between.url, &cache, &[]);
    let call = |to: &str| {
        format!("contract call {token} --from bob --yes -- transfer --to {to} --amount 1")
    };
    forked.line(&call("carol")).ok();
    let height = forked.json("block get")["at"]["height"].clone();
    between.is_gone(true);
    forked
        .line(&call("dave"))
        .fails(4, &["origin", &between.url]);
    forked.line("account get judy").fails(4, &["origin"]);
    forked.line("dev set-balance judy 5").fails(4, &["origin"]);
    assert_eq!(
        forked.json("block get")["at"]["height"],
        height,
        "no block of it"
    );
    // What is known still works, and so does all once the origin is back.
    forked.line(&call("carol")).ok();
    forked.line("dev mine 2").ok();
    between.is_gone(false);
    forked.line(&call("dave")).ok();
    assert_eq!(balance(&forked, &token, "dave"), "1");
    assert_eq!(forked.signal("-TERM"), Some(0));
}

#[test]
fn a_password_in_the_origins_address_is_shown_nowhere() {
    let (origin, token) = origin();
    let (between, cache) = (Between::of(&origin.url), tempfile::tempdir().unwrap());
    let url = between.url.replace("//", "//me:hush@");
    let forked = fork(&url, &cache, &[]);
    assert!(!forked.banner.to_string().contains("hush"));
    assert_eq!(balance(&forked, &token, "bob"), "100");
    between.is_gone(true);
    let told = forked.line("account get judy");
    let told = told.fails(4, &["origin", "http://***@127.0.0.1"]);
    assert!(!told.stderr.contains("hush"), "{told:?}");
}

#[test]
fn outside_the_window_nothing_is_taken_without_trust_and_with_it_nothing_is_called_proven() {
    let (origin, token) = origin();
    let (between, cache) = (Between::of(&origin.url), tempfile::tempdir().unwrap());
    origin.line("dev mine 40").ok();
    let early = format!("{}@2", between.url);
    argosy(&["dev", "--port", "0", "--fork", &early]).fails(1, &["--trust", "from height"]);
    // A node that keeps old state, and proves none of it.
    between.lies("system_nodeInfo", |it| {
        it["result"]["oldestProven"] = json!(1_000)
    });
    let pruned =
        json!({"code": 1002, "message": "m", "data": {"kind": "PRUNED", "oldestHeight": 1_000}});
    for method in ["state_getProof", "state_getProofs"] {
        let pruned = pruned.clone();
        between.lies(method, move |it| {
            *it = json!({"jsonrpc": "2.0", "id": it["id"], "error": pruned});
        });
    }
    let late = format!("{}@40", between.url);
    argosy(&["dev", "--port", "0", "--fork", &late]).fails(1, &["--trust"]);
    let forked = fork(&late, &cache, &["--trust"]);
    assert_eq!(forked.banner["fork"]["isProven"], false);
    assert_eq!(balance(&forked, &token, "bob"), "100");
    assert_eq!(between.asked("state_getProof"), 0, "it said that it cannot");
    drop(forked);
    // What was never proven does not count as proven later.
    between.lies_no_more();
    let read = between.reads();
    let proven = fork(&late, &cache, &[]);
    assert_eq!(proven.banner["fork"]["isProven"], true);
    assert_eq!(balance(&proven, &token, "bob"), "100");
    assert!(between.asked("state_getProof") > 0 && between.reads() > read);
}

#[test]
fn a_fork_proves_nothing_and_takes_no_options_of_a_chain_of_its_own() {
    let (origin, token) = origin();
    let cache = tempfile::tempdir().unwrap();
    let forked = fork(
        &origin.url,
        &cache,
        &[
            "--fork-chain",
            origin.banner["genesisHash"].as_str().unwrap(),
        ],
    );
    let ask = format!(r#"rpc state_getProof ["{token}",{{"type":"account"}}]"#);
    forked.line(&ask).fails(1, &["fork"]);
    let other = format!("0x{}", "11".repeat(32));
    argosy(&[
        "dev",
        "--port",
        "0",
        "--fork",
        &origin.url,
        "--fork-chain",
        &other,
    ])
    .fails(1, &["chain"]);
    argosy(&["dev", "--fork", &origin.url, "--state", "x"]).fails(2, &["--state"]);
    argosy(&["dev", "--fork", "node"]).fails(2, &["http://127.0.0.1:9533@120"]);
    argosy(&["dev", "--trust"]).fails(2, &["--fork"]);
    argosy(&["dev", "--port", "0", "--fork", "http://127.0.0.1:1"]).fails(4, &["127.0.0.1:1"]);
}

#[test]
fn a_fork_of_a_fork_is_refused_at_its_start_or_takes_its_word() {
    let (origin, token) = origin();
    let [here, there] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let first = fork(&origin.url, &here, &[]);
    let line = format!("contract call {token} --from bob -- transfer --to carol --amount 30");
    first.line(&line).ok();
    argosy(&["dev", "--port", "0", "--fork", &first.url])
        .fails(1, &["itself a fork", &first.url, "--trust"]);
    let second = fork(&first.url, &there, &["--trust"]);
    assert_eq!(second.banner["fork"]["isProven"], false);
    assert_eq!(balance(&second, &token, "bob"), "70", "of the first fork");
    second.line(&line).ok();
    assert_eq!(balance(&second, &token, "carol"), "60");
    assert_eq!(balance(&first, &token, "carol"), "30");
}

#[test]
fn a_module_that_the_origin_removed_is_told_with_what_to_do() {
    let (origin, token) = origin();
    let (between, cache) = (Between::of(&origin.url), tempfile::tempdir().unwrap());
    let forked = fork(&between.url, &cache, &[]);
    let info = origin.json(&format!("contract info {token}"));
    let code = info["code"]["hash"].as_str().unwrap().to_owned();
    between.has_no_code();
    forked
        .line(&format!("contract query {token} -- balance-of --owner bob"))
        .fails(
            4,
            &["has the module", &code, "fork a later block", &between.url],
        );
}
