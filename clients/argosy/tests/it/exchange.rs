//! Keys and transactions that come from elsewhere and go there: import, export, signing without a node.

use serde_json::Value;

use crate::world::{Dev, Ran, argosy, argosy_with_stdin};

const PHRASE: &str = "test test test test test test test test test test test junk";

/// A file for its owner only.
fn secret(dev: &Dev, name: &str, text: &str) -> String {
    let path = dev.file(name, text.as_bytes());
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    path
}

fn json(ran: Ran) -> Value {
    ran.ok().json()
}

#[test]
fn a_phrase_gives_the_addresses_of_its_accounts() {
    let dev = Dev::start();
    let (phrase, lock) = (secret(&dev, "phrase", PHRASE), dev.passphrase("lock"));
    // The phrase is that of the dev accounts.
    for (number, name) in [("0", "alice"), ("7", "heidi")] {
        let own = format!("my-{name}");
        let words = [
            "keys",
            "import",
            &own,
            "--phrase-file",
            &phrase,
            "--account",
            number,
        ];
        let imported = dev.run(&[&words[..], &["--passphrase-file", &lock, "-o", "json"]].concat());
        assert!(!imported.stdout.contains("junk") && !imported.stderr.contains("junk"));
        let known = dev.json(&format!("keys show {name}"))["address"].clone();
        assert_eq!(json(imported)["address"], known);
    }
    let transfer = [
        "tx", "transfer", "--from", "my-alice", "--to", "bob", "--amount", "1",
    ];
    dev.run(&[&transfer[..], &["--passphrase-file", &lock]].concat())
        .ok();

    // From stdin too; another passphrase of the phrase is another account.
    let own = dev.keys_dir.path().join("other");
    let dir = own.to_str().unwrap();
    let extra = secret(&dev, "extra", "TREZOR\n");
    let words = [
        "keys",
        "import",
        "me",
        "--keys-dir",
        dir,
        "--phrase-file",
        "-",
        "--passphrase-file",
        &lock,
    ];
    let words = [
        &words[..],
        &["--phrase-passphrase-file", &extra, "-o", "json"],
    ]
    .concat();
    let other = json(argosy_with_stdin(&words, PHRASE));
    assert_ne!(other["address"], dev.banner["accounts"][0]["address"]);
}

#[test]
fn what_is_no_phrase_is_refused_without_being_told() {
    let dev = Dev::start();
    let lock = dev.passphrase("lock");
    let import = |text: &str| {
        let file = secret(&dev, "wrong", text);
        dev.run(&[
            "keys",
            "import",
            "me",
            "--phrase-file",
            &file,
            "--passphrase-file",
            &lock,
        ])
    };
    for (text, says) in [
        ("test test junk", "has 3 words"),
        (&PHRASE.replace("junk", "test"), "does not add up"),
        (&PHRASE.replacen("test", "tset", 1), "word 1 of the phrase"),
    ] {
        let ran = import(text).fails(2, &[says]);
        assert!(
            !ran.stderr.contains("junk") && !ran.stderr.contains("tset"),
            "{ran:#?}"
        );
    }
    let open = dev.file("open", PHRASE.as_bytes());
    dev.run(&[
        "keys",
        "import",
        "me",
        "--phrase-file",
        &open,
        "--passphrase-file",
        &lock,
    ])
    .fails(1, &["can be read by others", "chmod 600"]);
    argosy_with_stdin(
        &["keys", "import", "me", "--keys-dir", "/nonexistent"],
        PHRASE,
    )
    .fails(2, &["no terminal to ask for the phrase", "--phrase-file"]);
    dev.run(&["keys", "import", "me", "--pem", "x", "--phrase-file", "y"])
        .fails(2, &["cannot be used with"]);
    assert_eq!(
        dev.json("keys list --hrp targo")["keys"],
        serde_json::json!([])
    );
}

#[test]
fn a_new_key_may_have_a_phrase_that_brings_it_back() {
    let dev = Dev::start();
    let lock = dev.passphrase("lock");
    let phrase = dev.keys_dir.path().join("words");
    let phrase = phrase.to_str().unwrap();
    let new = [
        "keys",
        "new",
        "me",
        "--phrase-out",
        phrase,
        "--passphrase-file",
        &lock,
        "-o",
        "json",
    ];
    let made = json(dev.run(&new));
    assert_eq!(
        std::fs::read_to_string(phrase)
            .unwrap()
            .split_whitespace()
            .count(),
        24
    );
    dev.run(&[
        "keys",
        "new",
        "you",
        "--phrase-out",
        phrase,
        "--passphrase-file",
        &lock,
    ])
    .fails(1, &["is not overwritten"]);
    // Without a passphrase there is no key, and no phrase is left behind.
    let (none, other) = (format!("{lock}-none"), format!("{phrase}-other"));
    let words = ["keys", "new", "you", "--phrase-out", &other];
    let words = [&words[..], &["--passphrase-file", &none]].concat();
    dev.run(&words).fails(1, &["-none"]);
    assert!(!std::path::Path::new(&other).exists());
    let back = [
        "keys",
        "import",
        "back",
        "--phrase-file",
        phrase,
        "--passphrase-file",
        &lock,
    ];
    let back = json(dev.run(&[&back[..], &["-o", "json"]].concat()));
    assert_eq!(back["address"], made["address"]);
}

#[test]
fn a_key_goes_out_and_comes_back() {
    let dev = Dev::start();
    let (one, two) = (dev.passphrase("one"), dev.passphrase("two"));
    let made = json(dev.run(&["keys", "new", "me", "--passphrase-file", &one, "-o", "json"]));
    let path = |name: &str| dev.keys_dir.path().join(name).to_str().unwrap().to_owned();
    let (pem, plain) = (path("out.key"), path("plain.key"));
    let export = ["keys", "export", "me", "--passphrase-file"];
    let wrong = [&export[..], &[&two, "--plain", "--out", &plain]].concat();
    dev.run(&wrong).fails(1, &["passphrase does not open"]);
    assert!(!std::path::Path::new(&plain).exists());
    dev.run(
        &[
            &export[..],
            &[&one, "--new-passphrase-file", &two, "--out", &pem],
        ]
        .concat(),
    )
    .ok();
    let out = dev
        .run(&[&export[..], &[&one, "--plain", "--out", &plain]].concat())
        .ok();
    let bare = std::fs::read_to_string(&plain).unwrap();
    assert!(bare.starts_with("0x") && !out.stdout.contains(bare.trim()));

    let import = ["keys", "import", "--passphrase-file", &one, "-o", "json"];
    let from_pem = [
        &import[..],
        &["from-pem", "--pem", &pem, "--pem-passphrase-file", &two],
    ];
    let from_plain = [&import[..], &["from-plain", "--secret-file", &plain]];
    for words in [from_pem.concat(), from_plain.concat()] {
        assert_eq!(json(dev.run(&words))["publicKey"], made["publicKey"]);
    }
    let wrong = [
        &import[..],
        &["third", "--pem", &pem, "--pem-passphrase-file", &one],
    ]
    .concat();
    assert_eq!(dev.run(&wrong).code, 1);

    dev.line("keys rename from-pem me")
        .fails(1, &["exists already"]);
    dev.line("keys rename from-pem mine")
        .ok()
        .shows(&["mine", made["address"].as_str().unwrap()]);
    dev.line("keys export alice --plain --out alice.hex")
        .fails(2, &["alice is a dev account", "`argosy dev` prints it"]);
    dev.line("keys rename nobody you")
        .fails(2, &["there is no key nobody"]);
    dev.line("keys remove mine")
        .fails(2, &["nobody confirmed", "--yes"]);
    dev.line("keys remove mine --yes").ok();
    dev.line("keys show mine")
        .fails(2, &["there is no key mine"]);
}

/// The machine with the key knows no node: the same transaction all the same.
#[test]
fn a_transaction_is_signed_where_no_network_is() {
    let dev = Dev::start();
    let lock = dev.passphrase("lock");
    let made = json(dev.run(&[
        "keys",
        "new",
        "me",
        "--passphrase-file",
        &lock,
        "-o",
        "json",
    ]));
    dev.line("tx transfer --from alice --to me --amount 5").ok();
    let path = |name: &str| dev.keys_dir.path().join(name).to_str().unwrap().to_owned();
    let (unsigned, signed) = (path("unsigned.json"), path("signed.json"));
    // Here only the public key is known.
    let public = made["publicKey"].as_str().unwrap();
    let transfer = format!("tx transfer --from {public} --to bob --amount 1.5");
    dev.line(&transfer)
        .fails(2, &["a public key cannot sign", "--unsigned"]);
    let plan = dev.json(&format!("{transfer} --unsigned {unsigned}"));
    assert_eq!(plan["signed"], false);
    dev.line(&format!("tx send {unsigned}"))
        .fails(2, &["is not signed"]);
    dev.line(&format!("tx sign {unsigned} --from alice --out {signed}"))
        .fails(2, &["for", "to sign, alice is"]);

    let keys = dev.keys_dir.path().to_str().unwrap();
    let sign = [
        "tx",
        "sign",
        &unsigned,
        "--from",
        "me",
        "--out",
        &signed,
        "--passphrase-file",
        &lock,
    ];
    argosy(
        &[
            &sign[..],
            &["--keys-dir", keys, "--rpc-url", "http://127.0.0.1:9"],
        ]
        .concat(),
    )
    .ok();
    argosy(&["tx", "decode", &signed]).ok().shows(&[
        "signed       yes",
        "transfer 1.5 ARGO (1500000000000 units) to",
        plan["txId"].as_str().unwrap(),
    ]);
    dev.line(&format!("tx sign {signed} --from me --out {unsigned}"))
        .fails(2, &["signed already"]);

    let sent = dev.json(&format!("tx send {signed}"));
    assert_eq!(
        (&sent["txId"], &sent["receipt"]["status"]),
        (&plan["txId"], &"success".into())
    );
    // A second time it is known, or its nonce is used: never paid twice.
    assert_ne!(dev.line(&format!("tx submit {signed}")).code, 2);
    assert_eq!(dev.json("account get me")["nonce"], "1");
}

#[test]
fn a_transaction_goes_through_pipes() {
    let dev = Dev::start();
    let plan = dev
        .line("tx transfer --from alice --to bob --amount 1 --unsigned -")
        .ok();
    let sign = ["tx", "sign", "-", "--from", "alice", "--out", "-"];
    let signed = argosy_with_stdin(&sign, &plan.stdout).ok();
    let file = dev.file("signed.json", signed.stdout.as_bytes());
    let id = dev.json(&format!("tx submit {file}"))["txId"]
        .as_str()
        .unwrap()
        .to_owned();
    dev.line(&format!("tx wait {id}"))
        .ok()
        .shows(&["status       success"]);

    let text = signed.stdout.replace("\"txId\":\"0x", "\"txId\":\"0x0");
    argosy_with_stdin(&["tx", "decode", "-"], &text).fails(1, &["is no transaction"]);
    argosy_with_stdin(&["tx", "decode", "-"], "{}").fails(1, &["is no transaction", "--unsigned"]);
}

#[test]
fn messages_are_signed_and_checked_without_a_node() {
    let signed = json(argosy(&["keys", "sign", "alice", "it is me", "-o", "json"]));
    let signature = signed["signature"].as_str().unwrap();
    let key = signed["publicKey"].as_str().unwrap();
    for who in ["alice", key] {
        let words = ["keys", "verify", who, "it is me", "--signature", signature];
        argosy(&words).ok().shows(&["holds", key]);
        let checked = json(argosy(&[&words[..], &["-o", "json"]].concat()));
        assert_eq!(checked["address"], signed["address"]);
    }
    for (who, message) in [("bob", "it is me"), ("alice", "it is you"), ("alice", "")] {
        argosy(&["keys", "verify", who, message, "--signature", signature])
            .fails(1, &["not of this message"]);
    }
    argosy(&["keys", "sign", "alice"]).fails(2, &["MESSAGE"]);
    argosy(&["keys", "sign", "zebra", "it is me"]).fails(2, &["no key zebra"]);
    argosy(&["keys", "verify", "alice", "x", "--signature", "0x00"]).fails(2, &["--signature"]);

    // A key of one's own, and a file of any bytes.
    let dev = Dev::start();
    let lock = dev.passphrase("lock");
    dev.line(&format!("keys new mine --passphrase-file {lock}"))
        .ok();
    let file = dev.file("letter", b"\0\xff");
    let signed = dev.json(&format!(
        "keys sign mine --file {file} --passphrase-file {lock}"
    ));
    let signature = signed["signature"].as_str().unwrap();
    dev.line(&format!(
        "keys verify mine --file {file} --signature {signature}"
    ))
    .ok();
    if cfg!(unix) {
        // What has no end is not read to it.
        argosy(&["keys", "sign", "alice", "--file", "/dev/zero"]).fails(2, &["more than"]);
    }
    // A file under the name of a dev account is that name, for whoever checks as for whoever signs.
    let keys = std::path::Path::new(&file).parent().unwrap();
    std::fs::copy(keys.join("mine.pem"), keys.join("alice.pem")).unwrap();
    dev.line(&format!(
        "keys verify alice --file {file} --signature {signature}"
    ))
    .ok();
}
