//! From a name to a module: `argosy new`, `argosy test`, `argosy build`.

use std::path::Path;

use crate::world::{Dev, Ran, argosy, artifact, command};

const SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/sdk");

/// Every template that there is.
fn templates() -> Vec<String> {
    let help = argosy(&["new", "--help"]).ok().stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, rest) = help
        .split_once("[possible values: ")
        .expect("templates are listed");
    let (list, _) = rest.split_once(']').expect("the list ends");
    list.split(',').map(|it| it.trim().to_owned()).collect()
}

#[test]
fn a_contract_is_made_in_a_folder_of_its_own() {
    let place = tempfile::tempdir().unwrap();
    for template in templates() {
        let folder = place.path().join(format!("my-{template}"));
        let words = [
            "new",
            folder.to_str().unwrap(),
            "--template",
            &template,
            "--sdk",
            SDK,
        ];
        let made = argosy(&words).ok();
        made.shows(&[&format!("my-{template}"), "src/lib.rs", "Next: argosy test"]);
        let sample = Path::new(SDK).join("..").join(&template).join("src/lib.rs");
        let [ours, theirs] =
            [folder.join("src/lib.rs"), sample].map(|it| std::fs::read(it).unwrap());
        assert_eq!(ours, theirs, "{template}");
        let lock = std::fs::read_to_string(folder.join("Cargo.lock")).unwrap();
        assert!(lock.contains(&format!("name = \"my-{template}\"\n")));
    }
}

#[test]
fn where_no_checkout_is_around_the_sdk_comes_along() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("coin");
    let made = argosy(&["new", folder.to_str().unwrap(), "--template", "token"]);
    made.ok().shows(&["vendor/argosy, a copy of"]);
    for file in ["contracts/sdk", "vm/crypto", "chain-spec/primitives"] {
        let manifest = folder.join("vendor/argosy").join(file).join("Cargo.toml");
        assert!(manifest.is_file(), "{}", manifest.display());
    }
    let lock = std::fs::read_to_string(folder.join("Cargo.lock")).unwrap();
    assert!(lock.contains("name = \"argosy-contract\"\n"), "{lock}");
    // cargo sees one contract here, and none of the copy.
    argosy(&[
        "build",
        folder.to_str().unwrap(),
        "--package",
        "argosy-contract",
    ])
    .fails(2, &["no contract argosy-contract", "coin"]);
}

#[test]
fn what_cannot_be_made_is_told_with_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    argosy(&["new", &at("Token"), "--sdk", SDK]).fails(2, &["cannot be the name", "my-token"]);
    argosy(&["new", &at("fn"), "--sdk", SDK]).fails(2, &["cannot be called fn"]);
    argosy(&["new", &at("a/b"), "--sdk", SDK]).fails(2, &["mkdir -p"]);
    let elsewhere = at("");
    argosy(&["new", &at("coin"), "--sdk", &elsewhere]).fails(2, &["is not the contract SDK"]);
    argosy(&["new", &at("coin"), "--sdk", SDK, "--template", "castle"])
        .fails(2, &["castle", "counter"]);
    argosy(&["new", &at("coin"), "--sdk", SDK]).ok();
    argosy(&["new", &at("coin"), "--sdk", SDK]).fails(2, &["is there already"]);
    argosy(&["build", &at("nowhere")]).fails(2, &["there is no folder", "argosy new NAME"]);
    argosy(&["build", &at("coin/Cargo.toml")]).fails(2, &["is no folder", "Cargo.toml is in"]);
    argosy(&["build", &elsewhere]).fails(1, &["no contract here", "argosy new NAME"]);
    argosy(&["test", &elsewhere]).fails(1, &["no contract here"]);
    argosy(&["build", &at("coin"), "--package", "cion"]).fails(2, &["no contract cion", "coin"]);
    argosy(&["test", &at("coin"), "refuses"]).fails(2, &["argosy test … -- refuses"]);
    let manifest = place.path().join("coin/Cargo.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("cdylib", "rlib")).unwrap();
    argosy(&["build", &at("coin")]).fails(1, &["is a contract", "crate-type = [\"cdylib\"]"]);
    std::fs::write(&manifest, "[package").unwrap();
    argosy(&["build", &at("coin")]).fails(1, &["cannot read the contract's manifest", "mend"]);
}

/// Runs a command in the folder of a contract, which builds in a folder of its own. `./x test --full` names a compiler that has the target wasm32; without one these tests
/// fail, and say so.
fn run_in(folder: &Path, target: &Path, words: &[&str]) -> Ran {
    run_with(folder, target, words, &[])
}

/// The same with variables of the environment.
fn run_with(folder: &Path, target: &Path, words: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = command(words);
    command.current_dir(folder).env("CARGO_TARGET_DIR", target);
    command.envs(variables.iter().copied());
    if let (Some(rustc), false) = (std::env::var_os("ARGOSY_WASM_RUSTC"), words[0] == "test") {
        command.env("RUSTC", rustc);
    }
    Ran::of(command.output().unwrap())
}

#[test]
#[ignore = "compiles the contract SDK for two machines: two minutes"]
fn every_template_passes_its_tests_and_builds_to_a_module_that_is_taken() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("target");
    for template in templates() {
        let folder = place.path().join(format!("my-{template}"));
        argosy(&[
            "new",
            folder.to_str().unwrap(),
            "--template",
            &template,
            "--sdk",
            SDK,
        ])
        .ok();
        let lock = || std::fs::read_to_string(folder.join("Cargo.lock")).unwrap();
        let pinned = lock();
        let tested = run_in(&folder, &target, &["test", "-o", "json"])
            .ok()
            .json();
        assert_eq!(tested["contracts"][0], format!("my-{template}"));
        let failed = run_in(&folder, &target, &["build", "-o", "json"]);
        let first = failed.ok().json();
        // Cargo takes the lock as it is, to the byte, as `--locked` would have it.
        assert_eq!(lock(), pinned, "{template}");
        let module = &first["modules"][0];
        assert_eq!(module["name"], format!("my_{}", template.replace('-', "_")));
        assert_eq!(module["change"], serde_json::Value::Null);
        // Its name is longer by three bytes at each place than the sample's, and it says where it comes from.
        let source = &module["source"];
        assert!(
            source["toolchain"]
                .as_str()
                .is_some_and(|it| it.starts_with("rustc ")),
            "{source}"
        );
        assert_eq!(source["verifiable"], false);
        let sample =
            std::fs::metadata(artifact(&format!("{}.wasm", template.replace('-', "_")))).unwrap();
        let difference = module["bytes"].as_u64().unwrap().abs_diff(sample.len());
        assert!(
            difference < 512,
            "{template} differs from its sample by {difference} bytes"
        );
    }
}

#[test]
#[ignore = "compiles a contract twice: a minute"]
fn a_refusal_names_the_function_and_a_change_is_told() {
    let place = tempfile::tempdir().unwrap();
    let (folder, target) = (place.path().join("coin"), place.path().join("target"));
    argosy(&["new", folder.to_str().unwrap(), "--sdk", SDK]).ok();
    let build = || run_in(&folder, &target, &["build"]);
    let first = build();
    first.ok().shows(&[
        "coin.wasm",
        "its storage only",
        "Next: argosy contract deploy",
    ]);
    build().ok().shows(&["as before"]);

    let source = folder.join("src/lib.rs");
    let text = std::fs::read_to_string(&source).unwrap();
    std::fs::write(
        &source,
        text.replace("fn increment(", "fn raise(")
            .replace("counter.increment()", "counter.raise()"),
    )
    .unwrap();
    build()
        .ok()
        .shows(&["+ call raise(", "- call increment(", "since the last build"]);

    // No macro sees what a private function does; the chain does.
    let float = text.replace(
        "self.value.load()\n    }\n}",
        "scaled(self.value.load())\n    }\n}\n\n#[inline(never)]\n\
         fn scaled(value: u64) -> u64 {\n    (core::hint::black_box(value) as f64 * 1.5) as u64\n}",
    );
    assert_ne!(float, text);
    std::fs::write(&source, float.replace("deny", "allow")).unwrap();
    let manifest = folder.join("Cargo.toml");
    let strict = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, strict.replace("float_arithmetic = \"deny\"", "")).unwrap();
    build().fails(
        1,
        &[
            "the chain would refuse coin",
            "floats",
            "scaled",
            "src/lib.rs:",
        ],
    );
}

#[test]
#[ignore = "runs cargo test of a small crate: seconds"]
fn what_tests_measure_is_told_and_compared_with_the_last_run() {
    let place = tempfile::tempdir().unwrap();
    let (folder, target) = (place.path().join("coin"), place.path().join("target"));
    std::fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = "[package]\nname = \"coin\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
        [lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n";
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    // As argosy-testing does it, which takes a minute to compile.
    let source = r##"
#[test]
fn measures() {
    let write = |name: &str, file: &str, text: &str| {
        if let Some(folder) = std::env::var_os(name) {
            std::fs::write(std::path::Path::new(&folder).join(file), text).unwrap();
        }
    };
    write("ARGOSY_GAS_REPORT", "gas-1.json", r#"{"version": 1, "messages": [
        {"contract": "coin", "method": "pay", "calls": 2, "failed": 1, "spread": [[GAS, 2]]}]}"#);
    write("ARGOSY_COVERAGE", "coverage-1.json", r#"{"version": 1, "modules": [
        {"contract": "coin", "code": "0x01", "functionsHash": "00", "functions": [
            {"index": 3, "name": "call", "calls": 7}, {"index": 4, "name": null, "calls": 0}]}]}"#);
}
"##;
    let test = |gas: &str, words: &[&str]| {
        std::fs::write(
            folder.join("src/lib.rs"),
            source.replace("GAS,", &format!("{gas},")),
        )
        .unwrap();
        run_in(&folder, &target, words)
    };
    test("100", &["test"])
        .ok()
        .shows(&["coin.pay", "100", "new"]);
    test("88", &["test"]).ok().shows(&["coin.pay", "88", "-12"]);
    let again = test("88", &["test", "-o", "json"]).ok().json();
    let method = &again["gas"][0];
    assert_eq!([&method["median"], &method["lastMedian"]], [88, 88]);
    assert_eq!([&method["calls"], &method["failed"]], [2, 1]);
    assert_eq!(again.get("coverage"), None);
    let covered = test("88", &["test", "--coverage"]);
    covered
        .ok()
        .shows(&["coin: 1 of 2 functions ran", "7 x", "never"]);
    // What is left of a run is what it measured.
    let left: Vec<_> = std::fs::read_dir(target.join("argosy")).unwrap().collect();
    let left: Vec<_> = left.into_iter().map(|it| it.unwrap().file_name()).collect();
    assert!(left.iter().any(|it| it == "gas.json"), "{left:?}");
    assert!(
        !left
            .iter()
            .any(|it| it.to_string_lossy().starts_with("reports-")),
        "{left:?}"
    );
}

#[test]
fn an_upgrade_that_would_misread_state_is_refused() {
    let dev = Dev::start();
    let counter = artifact("counter.wasm");
    let deploy = format!(
        "contract deploy {counter} --from alice --admin alice --get contract -- init --start 40"
    );
    let id = dev.line(&deploy).ok().stdout.trim().to_owned();
    // Names, balances and supply where a number was.
    let token = artifact("token.wasm");
    let raw = "--from alice --message 0x00000000";
    dev.line(&format!("contract upgrade {id} {token} {raw}"))
        .fails(1, &["- state value u64", "--migrates-state"]);
    // Code that tells nothing of itself is not taken at its silence.
    let bare = wat::parse_str(r#"(module (func (export "upgrade")))"#).unwrap();
    let bare = dev.file("bare.wasm", &bare);
    dev.line(&format!("contract upgrade {id} {bare} {raw}"))
        .fails(1, &["- state value u64", "--migrates-state"]);
    // Whoever says so is let through, and the chain has the last word.
    let told = dev.line(&format!(
        "contract upgrade {id} {token} --migrates-state {raw}"
    ));
    assert_ne!(told.code, 0, "{told:#?}");
    assert!(!told.stderr.contains("reads state otherwise"), "{told:#?}");
    // A field more is in nobody's way.
    let upgradeable = artifact("upgradeable.wasm");
    let migrate = "--from alice -- migrate --owner alice";
    dev.line(&format!("contract upgrade {id} {upgradeable} {migrate}"))
        .ok()
        .shows(&["+ state layout u32"]);
    dev.line(&format!("contract query {id} -- value"))
        .ok()
        .shows(&["40\n"]);
}

#[cfg(unix)]
#[test]
fn sources_that_bring_a_compiler_are_not_built() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("coin");
    argosy(&["new", folder.to_str().unwrap(), "--sdk", SDK]).ok();
    let compiler = folder.join("rustc.sh");
    let text = "#!/bin/sh\ntouch \"$(dirname \"$0\")/ran\"\nexit 1\n";
    std::fs::write(&compiler, text).unwrap();
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&compiler, executable).unwrap();
    let config = folder.join(".cargo/config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("build.rustc = \"./rustc.sh\"\n{text}")).unwrap();

    let dev = Dev::start();
    let counter = artifact("counter.wasm");
    let deploy =
        format!("contract deploy {counter} --from alice --get contract -- init --start 40");
    let id = dev.line(&deploy).ok().stdout.trim().to_owned();
    dev.line(&format!("contract verify {id} {}", folder.display()))
        .fails(1, &["run on this machine", "build.rustc", "other tools"]);
    assert!(!folder.join("ran").exists(), "nothing of the sources ran");
}

#[test]
#[ignore = "builds a contract twice: a minute"]
fn a_contract_is_verified_against_its_sources() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("target");
    let make = |name: &str, sdk: &[&str]| {
        // Two places of different length, whose names are the same.
        let folder = place.path().join(name).join("coin");
        std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
        argosy(&[&["new", folder.to_str().unwrap()], sdk].concat()).ok();
        folder
    };
    // The SDK of a checkout here, the copy that comes along there: the same bytes.
    let (here, elsewhere) = (make("a", &["--sdk", SDK]), make("somewhere", &[]));
    let first = run_in(&here, &target, &["build"]);
    first.ok();
    // Both build with the versions that they were made with.
    let [ours, theirs] =
        [&here, &elsewhere].map(|it| std::fs::read_to_string(it.join("Cargo.lock")).unwrap());
    assert_eq!(ours, theirs);
    // Others, who have none of these, get the same.
    let variables = [
        ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
        (
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            "-Copt-level=1",
        ),
    ];
    run_with(&here, &target, &["build", "--verifiable"], &variables).ok();
    let dev = Dev::start();
    let module = target.join("wasm32-unknown-unknown/release/coin.wasm");
    let deploy = format!(
        "contract deploy {} --from alice --get contract -- init --start 40",
        module.display()
    );
    let id = dev.line(&deploy).ok().stdout.trim().to_owned();
    let verify = || {
        let words = ["contract", "verify", &id, "--rpc-url", &dev.url];
        run_in(&elsewhere, &place.path().join("other"), &words)
    };
    verify().ok().shows(&[
        "runs what these sources build to",
        "rustc",
        "verifiable  yes",
    ]);
    // The module itself says so, too.
    let out = place.path().join("deployed.wasm");
    let told = dev.json(&format!("contract code {id} --out {}", out.display()));
    assert_eq!(told["source"]["verifiable"], true);
    // Nothing is taken of what lies about, and nothing is left but the module.
    let other = place.path().join("other");
    let left = std::fs::read_dir(&other).unwrap();
    let left: Vec<_> = left.map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["argosy"]);
    assert!(other.join("argosy/verified/coin.wasm").is_file());
    let source = elsewhere.join("src/lib.rs");
    let text = std::fs::read_to_string(&source).unwrap();
    std::fs::write(
        &source,
        text.replace("/// Adds `add`;", "/// Really adds `add`;"),
    )
    .unwrap();
    verify().fails(1, &["do not build to the code", "on the chain"]);
}
