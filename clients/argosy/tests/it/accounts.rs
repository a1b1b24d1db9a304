//! Keys, accounts, transfers, transactions, blocks.

use crate::world::{Dev, argosy, argosy_with_stdin};

#[test]
fn an_account_is_shown_by_name_and_by_address() {
    let dev = Dev::start();
    let alice = dev.banner["accounts"][0]["address"]
        .as_str()
        .unwrap()
        .to_owned();
    dev.line("account get alice")
        .ok()
        .shows(&[&alice, "balance   1000000 ARGO", "nonce     0"]);
    let answer = dev.json(&format!("account get {alice}"));
    assert_eq!(answer["address"], alice.as_str());
    assert_eq!(answer["balance"], "1000000000000000000");
    assert_eq!(answer["nextNonce"], "0");
    // An account that nobody has used is empty, not an error.
    let unused = argosy(&["keys", "show", "judy", "-o", "json"]).json();
    assert_eq!(unused["kind"], "dev");
}

#[test]
fn the_supply_is_all_that_there_is() {
    let dev = Dev::start();
    let supply = |words: &str| {
        let answer = dev.json(&format!("account supply{words}"));
        answer["supply"].as_str().unwrap().parse::<u128>().unwrap()
    };
    let given = supply("");
    dev.line("dev faucet bob --amount 5").ok();
    let funded = supply("");
    assert_eq!(funded, given + 5_000_000_000_000);
    dev.line("account supply").ok().shows(&["ARGO"]);
    let pay = "tx transfer --from alice --to bob --amount 1";
    dev.line(pay).ok();
    assert!(supply("") < funded, "the fee's base part is burned");
    assert_eq!(supply(" --at earliest"), given);
    dev.line("account supply --at 9").fails(1, &["9"]);
}

#[test]
fn a_transfer_moves_tokens_and_can_be_looked_up() {
    let dev = Dev::start();
    dev.line("tx transfer --from alice --to bob --amount 1.5")
        .ok()
        .shows(&[
            "amount       1.5 ARGO",
            "status       success",
            "Transferred { from: alice, to: bob, amount: 1500000000000 }",
        ]);
    let sent = dev
        .run(&[
            "tx", "transfer", "--from", "bob", "--to", "alice", "--amount", "25 units", "-o",
            "json",
        ])
        .ok()
        .json();
    assert_eq!(sent["receipt"]["status"], "success");
    assert_eq!(sent["events"][0]["cursor"], "2.0.0");
    assert_eq!(sent["events"][0]["decoded"]["fields"]["amount"], "25");
    let id = sent["txId"].as_str().unwrap();

    dev.line(&format!("tx get {id}")).ok().shows(&[
        "action 0",
        "transfer 0.000000000025 ARGO to",
        "status       success",
    ]);
    let found = dev.json(&format!("tx wait {id}"));
    assert_eq!(found["transaction"]["id"], id);
    assert_eq!(found["receipt"], sent["receipt"]);

    dev.line("block get").ok().shows(&["height         2", id]);
    let block = dev.json("block get 2");
    assert_eq!(block["txIds"][0], id);
    let hash = block["at"]["hash"].as_str().unwrap();
    assert_eq!(dev.json(&format!("block get {hash}")), block);
    assert_eq!(dev.json("block get earliest")["at"]["height"], 0);

    let page = dev.json("events query --limit 1");
    assert_eq!(
        (page["more"].clone(), page["resume"].clone()),
        (true.into(), "1.0.0".into())
    );
    let rest = dev.json("events query --after 1.0.0");
    assert_eq!(rest["events"][0]["cursor"], "2.0.0");
    dev.line("events query --after 2.0.0")
        .ok()
        .shows(&["no events"]);
}

#[test]
fn a_key_of_ones_own_is_made_listed_and_spends() {
    let dev = Dev::start();
    let passphrase = dev.passphrase("correct horse");
    let made = dev
        .run(&[
            "keys",
            "new",
            "me",
            "--passphrase-file",
            &passphrase,
            "-o",
            "json",
        ])
        .ok()
        .json();
    assert_eq!(made["kind"], "file");
    dev.line("keys list")
        .ok()
        .shows(&["me", made["address"].as_str().unwrap(), "alice"]);
    assert_eq!(
        dev.json("keys list --hrp targo")["keys"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(dev.json("keys show me"), made);

    dev.line("tx transfer --from alice --to me --amount 2").ok();
    dev.run(&[
        "tx",
        "transfer",
        "--from",
        "me",
        "--to",
        "bob",
        "--amount",
        "1",
        "--passphrase-file",
        &passphrase,
    ])
    .ok();
    let left = dev.json("account get me");
    assert_eq!(left["nonce"], "1");

    let wrong = dev.passphrase("wrong horse");
    let refused = [
        "tx",
        "transfer",
        "--from",
        "me",
        "--to",
        "bob",
        "--amount",
        "0.1",
        "--passphrase-file",
        &wrong,
    ];
    dev.run(&refused).fails(1, &["passphrase does not open"]);
    dev.run(&["keys", "new", "me", "--passphrase-file", &passphrase])
        .fails(1, &["never overwritten"]);
    dev.run(&["keys", "new", "alice", "--passphrase-file", &passphrase])
        .fails(2, &["dev account"]);
    dev.run(&["keys", "new", "../me", "--passphrase-file", &passphrase])
        .fails(2, &["lower-case letters"]);
}

#[test]
fn a_passphrase_is_asked_on_a_terminal_only() {
    let dir = tempfile::tempdir().unwrap();
    let words = [
        "keys",
        "new",
        "me",
        "--keys-dir",
        dir.path().to_str().unwrap(),
    ];
    argosy_with_stdin(&words, "secret\nsecret\n").fails(2, &["no terminal", "--passphrase-file"]);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_passphrase_file_that_others_can_read_is_refused() {
    let dev = Dev::start();
    let passphrase = dev.passphrase("secret");
    std::fs::set_permissions(
        &passphrase,
        std::os::unix::fs::PermissionsExt::from_mode(0o644),
    )
    .unwrap();
    dev.run(&["keys", "new", "me", "--passphrase-file", &passphrase])
        .fails(1, &["chmod 600"]);
}

#[test]
fn a_bad_key_file_does_not_hide_the_others() {
    let dev = Dev::start();
    let passphrase = dev.passphrase("secret");
    dev.run(&["keys", "new", "me", "--passphrase-file", &passphrase])
        .ok();
    dev.file("bad.pem", b"no key");
    dev.line("keys list")
        .ok()
        .shows(&["bad    unreadable", "me     dargo1"]);
    dev.line("keys show bad").fails(1, &["bad.pem"]);
}

#[test]
fn an_account_is_shown_as_it_was_at_an_earlier_block() {
    let dev = Dev::start();
    for _ in 0..2 {
        dev.line("tx transfer --from alice --to bob --amount 1")
            .ok();
    }
    let balance = |at: &str| dev.json(&format!("account get bob --at {at}"))["balance"].clone();
    let balances = ["0", "1", "2", "latest"].map(balance);
    assert_eq!(balances[2], balances[3]);
    assert_ne!(balances[0], balances[1]);
    assert_ne!(balances[1], balances[2]);
}

#[test]
fn an_account_is_funded_on_a_development_chain() {
    let dev = Dev::start();
    dev.line("account fund bob --amount 5")
        .ok()
        .shows(&["given", "5 ARGO"]);
    assert_eq!(
        dev.line("account balance bob").ok().stdout,
        "1000005 ARGO\n"
    );
    dev.line("account fund bob --amount lots")
        .fails(2, &["lots"]);
}
