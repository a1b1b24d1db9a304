//! Nodes by name: added, used, listed, removed; and a node that is on another chain than it was.

use crate::world::{Dev, Ran, command};

#[test]
fn a_network_is_added_used_and_removed() {
    let dev = Dev::start();
    let home = dev.keys_dir.path().to_str().unwrap();
    let argosy = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut command = command(&words);
        Ran::of(command.env("XDG_CONFIG_HOME", home).output().unwrap())
    };
    argosy(&format!("network add here {}", dev.url))
        .ok()
        .shows(&["dargo1…", &dev.url]);
    argosy(&format!("network add here {}", dev.url)).fails(1, &["already", "network remove here"]);
    argosy(&format!("network add local {}", dev.url))
        .fails(2, &["local is a node on this machine"]);
    argosy("network add there http://127.0.0.1:9").fails(4, &["cannot be reached"]);
    argosy("network list")
        .ok()
        .shows(&["* local", "  here", &dev.url]);

    argosy("account balance alice --network here")
        .ok()
        .shows(&["1000000 ARGO"]);
    argosy("account balance alice --network her").fails(2, &["did you mean here?"]);
    let both = format!("account balance alice --network here --rpc-url {}", dev.url);
    argosy(&both).fails(2, &["both name a node"]);
    argosy("network use heer").fails(2, &["did you mean here?"]);
    argosy("network use here").ok();
    argosy("account balance alice")
        .ok()
        .shows(&["1000000 ARGO"]);
    let listed = argosy("network list -o jsonl").ok();
    let lines: Vec<serde_json::Value> = listed
        .stdout
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    assert_eq!((lines.len(), &lines[1]["current"]), (2, &true.into()));

    argosy("network remove here").ok();
    argosy("network use here").fails(2, &["no network is called here"]);
    argosy("network list").ok().shows(&["* local"]);
}

#[test]
fn a_node_on_another_chain_is_refused() {
    let dev = Dev::start();
    let home = dev.keys_dir.path();
    std::fs::create_dir_all(home.join("argosy")).unwrap();
    let file = home.join("argosy").join("networks.toml");
    let other = format!("0x{}", "07".repeat(32));
    let book = format!(
        "[networks.here]\nurl = \"{}\"\nchain = \"{other}\"\nhrp = \"dargo\"\n",
        dev.url
    );
    std::fs::write(&file, book).unwrap();
    let run = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let output = command(&words).env("XDG_CONFIG_HOME", home).output();
        Ran::of(output.unwrap())
    };
    run("account get alice --network here").fails(1, &["on chain", &other, "network remove here"]);
    std::fs::write(&file, "networks = 1").unwrap();
    run("account get alice --network here").fails(1, &["is damaged"]);
    // What needs no file does not mind.
    run(&format!("account get alice --rpc-url {}", dev.url)).ok();
}
