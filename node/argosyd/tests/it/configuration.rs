//! One vocabulary, four sources, asked of the real binary. The rest is tested beside the code.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::tempdir;

use crate::world::{Daemon, Ended, argosyd};

#[test]
fn flag_beats_environment_beats_file_beats_default_and_each_is_named() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("argosyd.toml");
    fs::write(
        &file,
        "chain = \"dev\"\n[rpc]\nmax_connections = 100\nmax_calls = 100\nmax_events = 100\n",
    )
    .unwrap();
    let mut command = argosyd();
    command
        .args([
            "config",
            "show",
            "--origin",
            "--rpc.max-connections",
            "300",
            "--config",
        ])
        .arg(&file)
        .env("ARGOSY_RPC__MAX_CONNECTIONS", "200")
        .env("ARGOSY_RPC__MAX_CALLS", "200");
    let shown = Ended::of(&mut command);
    assert_eq!(shown.code, Some(0), "{shown:#?}");
    let rpc = shown.stdout.split("[rpc]").nth(1).unwrap();
    let line = |key: &str| {
        let found = rpc.lines().find(|it| it.starts_with(key));
        found
            .unwrap_or_else(|| panic!("no {key} in {shown:#?}"))
            .to_owned()
    };
    for (key, value, origin) in [
        ("max_connections ", "300", "flag"),
        ("max_calls ", "200", "environment"),
        ("max_events ", "100", "file"),
        ("max_batch_calls ", "32", "default"),
    ] {
        let line = line(key);
        assert!(line.contains(value) && line.contains(origin), "{line}");
    }
    // What is shown is a configuration.
    fs::write(&file, &shown.stdout).unwrap();
    let again = Ended::of(argosyd().args(["config", "show", "--config"]).arg(&file));
    assert_eq!(again.code, Some(0), "{again:#?}");
    assert!(again.stdout.contains("max_connections = 300"), "{again:#?}");
}

#[test]
fn a_file_in_the_data_directory_needs_no_name() {
    let folder = tempdir().unwrap();
    let directory = folder.path().join("argosyd");
    fs::create_dir(&directory).unwrap();
    let file = directory.join("config.toml");
    let show = |words: &[&str]| {
        let mut command = argosyd();
        command.env("XDG_DATA_HOME", folder.path());
        Ended::of(command.args(["config", "show", "--origin"]).args(words))
    };
    assert_eq!(show(&[]).code, Some(0), "no file is missing");
    fs::write(&file, "chain = \"dev\"\n[rpc]\nmax_calls = 100\n").unwrap();
    let shown = show(&[]);
    let expected = format!("max_calls = 100 # file {}:3", file.display());
    assert!(shown.stdout.contains(&expected), "{shown:#?}");
    // Another instance has another directory.
    let other = show(&["--instance", "1"]);
    assert!(other.stdout.contains("max_calls = 4096"), "{other:#?}");
    for (text, line) in [("data_dir = \"/other\"", 1), ("\ninstance = 3", 2)] {
        fs::write(&file, text).unwrap();
        let place = format!("file {}:{line}", file.display());
        show(&[]).fails(2, &["data_dir = ", &place, "--config"]);
    }
    // It may be there before the node is.
    fs::write(&file, "chain = \"dev\"\ndev = \"manual\"\n").unwrap();
    let ports = ["--rpc.listen=127.0.0.1:0", "--ops.listen=127.0.0.1:0"];
    let mut run = argosyd();
    run.env("XDG_DATA_HOME", folder.path()).arg("run");
    let daemon = Daemon::spawn(run.args(ports)).unwrap_or_else(|it| panic!("{it:#?}"));
    assert_eq!(daemon.endpoints["dataDir"], directory.to_str().unwrap());
    daemon.stop();
}

#[test]
fn unknown_keys_are_errors_with_a_suggestion_wherever_they_stand() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("argosyd.toml");
    fs::write(&file, "[rpc]\nmax_conections = 1\n").unwrap();
    let validate = |words: &[&str], env: Option<(&str, &str)>| {
        let mut command = argosyd();
        command
            .args(["config", "validate", "--chain", "dev", "--dev"])
            .args(words)
            .envs(env);
        Ended::of(&mut command)
    };
    let path = file.to_str().unwrap();
    validate(&["--config", path], None).fails(2, &["max_conections", "max_connections", path]);
    let env = Some(("ARGOSY_RPC__MAX_CONECTIONS", "1"));
    validate(&[], env).fails(
        2,
        &["ARGOSY_RPC__MAX_CONECTIONS", "ARGOSY_RPC__MAX_CONNECTIONS"],
    );
    let flag = validate(&["--rpc.max-conections", "1"], None);
    assert_eq!(flag.code, Some(2));
    assert!(flag.stderr.contains("--rpc.max-connections"), "{flag:#?}");
    let well = validate(&[], None);
    assert_eq!(
        (well.code, well.stdout.as_str()),
        (Some(0), "the configuration is valid\n")
    );
}

#[test]
fn the_page_in_the_docs_is_the_one_that_the_program_prints() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let printed = Ended::of(argosyd().args(["config", "docs"])).stdout;
    if std::env::var_os("ARGOSY_BLESS").is_some() {
        fs::write(page, &printed).unwrap();
    }
    let written = fs::read_to_string(page).unwrap_or_default();
    assert_eq!(
        written, printed,
        "ARGOSY_BLESS=1 rewrites docs/configuration.md"
    );
}

#[test]
fn the_schema_is_json_and_knows_the_settings() {
    let printed = Ended::of(argosyd().args(["config", "schema"])).stdout;
    let schema: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert!(schema["properties"]["rpc"].is_object(), "{schema}");
}

#[test]
fn instances_beside_each_other_need_nothing_but_their_number() {
    let show = |number: &str| {
        let mut command = argosyd();
        command.args(["config", "show", "--instance", number]);
        Ended::of(&mut command).stdout
    };
    assert!(show("0").contains("127.0.0.1:9533"), "{}", show("0"));
    let third = show("3");
    assert!(
        third.contains("127.0.0.1:9563") && third.contains("127.0.0.1:9565"),
        "{third}"
    );
}

#[test]
fn a_file_alone_can_run_a_node() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("argosyd.toml");
    let text = format!(
        "chain = \"dev\"\ndev = \"manual\"\ndata_dir = {:?}\n[rpc]\nlisten = \"127.0.0.1:0\"\n[ops]\nlisten = \"127.0.0.1:0\"\n[log]\nfilter = \"warn\"\n",
        data.display().to_string()
    );
    fs::write(&file, text).unwrap();
    let daemon = Daemon::spawn(argosyd().args(["run", "--config"]).arg(&file))
        .unwrap_or_else(|it| panic!("{it:#?}"));
    assert_eq!(daemon.endpoints["dataDir"], data.to_str().unwrap());
    let log = daemon.stop();
    // But of who runs these tests.
    let warnings = log.lines().filter(|it| !it.contains("node.runs_as_root"));
    assert_eq!(warnings.count(), 0, "{log}");
}

/// All files below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

/// Words of an `args:` in a manifest: in brackets, or a line for each.
fn words(lines: &[&str]) -> Vec<String> {
    let clean = |it: &str| it.trim().trim_matches('"').to_owned();
    let first = lines[0].trim();
    match first.split_once('[') {
        Some((_, list)) => list.trim_end_matches(']').split(',').map(clean).collect(),
        None => {
            let items = lines[1..].iter();
            let items = items.map_while(|it| it.trim().strip_prefix("- "));
            items.map(clean).collect()
        }
    }
}

#[test]
fn what_manifests_and_images_tell_the_node_is_what_it_understands() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (mut all, mut commands, mut configurations) = (Vec::new(), 0, 0);
    files(&root.join("docker"), &mut all);
    for path in all {
        let name = path.display().to_string();
        let text = fs::read_to_string(&path).unwrap_or_default();
        if name.ends_with("config.toml") {
            let shown = Ended::of(argosyd().args(["config", "show", "--config"]).arg(&path));
            assert_eq!(shown.code, Some(0), "{name}: {shown:#?}");
            configurations += 1;
        }
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            if name.ends_with(".yaml") && line.trim().starts_with("args:") {
                let words = words(&lines[number..]);
                // All of it is looked at before it is helped.
                let helped = Ended::of(argosyd().args(&words).arg("--help"));
                assert_eq!(helped.code, Some(0), "{name}: {words:?}: {helped:#?}");
                commands += 1;
            }
        }
    }
    assert!(
        commands >= 4 && configurations >= 2,
        "{commands}, {configurations}"
    );
}
