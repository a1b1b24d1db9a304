//! What an account has to do with, and which contracts there are, by a chain that keeps an index.

use serde_json::Value;

use crate::world::{Dev, artifact};

/// Deploys a counter of alice's, pays bob, and adds; the contract, and the transactions in their order.
fn busy(dev: &Dev) -> (String, [String; 3]) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let file = artifact("counter.wasm");
    let deployed = dev.json(&format!(
        "contract deploy {file} --from alice -- --start 40"
    ));
    let id = text(&deployed["contract"]);
    let paid = dev.json("tx transfer --from alice --to bob --amount 1");
    let added = dev.json(&format!("contract call {id} --from bob -- add --add 2"));
    let txs = [&deployed, &paid, &added].map(|it| text(&it["txId"]));
    (id, txs)
}

fn history(dev: &Dev, who: &str) -> Vec<String> {
    let found = dev.json(&format!("account history {who}"));
    assert_eq!(found["from"], 0);
    let entries = found["entries"].as_array().unwrap().iter();
    entries
        .map(|it| it["txId"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn accounts_and_contracts_are_found_where_an_index_is_kept() {
    let dev = Dev::start_with(&["--index"]);
    let (id, [deployed, paid, added]) = busy(&dev);
    let newest_first = [added.clone(), paid.clone(), deployed.clone()];
    assert_eq!(history(&dev, "alice"), newest_first[1..]);
    assert_eq!(history(&dev, "bob"), newest_first[..2]);
    assert_eq!(history(&dev, &id), [added.clone(), deployed.clone()]);
    assert_eq!(history(&dev, "judy"), [""; 0]);
    dev.line("account history judy").ok().shows(&["nothing"]);

    // Page by page.
    let first = dev.line("account history alice --limit 1").ok();
    first.shows(&["2.0", &paid, "More: --before 2.0"]);
    let second = dev.json("account history alice --limit 1 --before 2.0");
    assert_eq!(second["entries"][0]["txId"], deployed.as_str());
    assert_eq!(second.get("next"), None);

    dev.line("contract list").ok().shows(&[&id, "by alice"]);
    let listed = dev.json("contract list");
    assert_eq!(listed["contracts"].as_array().unwrap().len(), 1);
    let contract = &listed["contracts"][0];
    assert_eq!(contract["createdAt"], 1);
    assert_eq!(contract["contract"], id.as_str());
    dev.line(&format!("contract list --after {id}"))
        .ok()
        .shows(&["no contracts"]);
    dev.line("contract list --after bob")
        .fails(1, &["contract"]);
    dev.line("account history alice --before 2")
        .fails(2, &["--before", "120.3"]);

    // What is undone is not found any more.
    let mark = dev.json("dev snapshot")["snapshot"].clone();
    dev.line("tx transfer --from judy --to bob --amount 1").ok();
    assert_eq!(history(&dev, "judy").len(), 1);
    dev.line(&format!("dev revert {mark}")).ok();
    assert_eq!(history(&dev, "judy"), [""; 0]);
}

#[test]
fn who_keeps_none_says_so_and_a_file_keeps_what_it_has() {
    let dev = Dev::start();
    busy(&dev);
    for line in ["account history alice", "contract list"] {
        dev.line(line)
            .fails(1, &["keeps no index", "argosy dev --index"]);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let file = file.to_str().unwrap();
    let dev = Dev::start_with(&["--index", "--state", file]);
    let (id, txs) = busy(&dev);
    assert_eq!(dev.signal("-TERM"), Some(0));
    let dev = Dev::start_with(&["--state", file]);
    assert_eq!(history(&dev, &id), [txs[2].clone(), txs[0].clone()]);
}
