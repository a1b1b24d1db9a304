//! The file that lies in the data directory.

use std::fs;

use super::{Loaded, Sources};

/// Loads with a data directory that has this file.
fn load_beside(
    text: &[u8],
    words: &[&str],
    variable: Option<(&str, &str)>,
) -> Result<Loaded, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), text).unwrap();
    let directory = folder.path().to_str().unwrap();
    let mut sources = Sources::flags(&[&["--data-dir", directory][..], words].concat());
    if let Some((name, value)) = variable {
        sources.environment.push((name.into(), value.into()));
    }
    sources.load()
}

#[test]
fn a_file_in_the_data_directory_is_taken_if_no_other_is_named() {
    let file = b"[rpc]\nmax_calls = 7\nmax_events = 7\n";
    let loaded = load_beside(
        file,
        &["--rpc.max-events=8"],
        Some(("ARGOSY_RPC__MAX_CALLS", "9")),
    );
    let loaded = loaded.unwrap();
    let (calls, events) = (
        loaded.config().rpc.max_calls,
        loaded.config().rpc.max_events,
    );
    assert_eq!(
        (calls, events),
        (9, 8),
        "it is the weakest of those who say something"
    );
    let loaded = load_beside(file, &[], None).unwrap();
    assert_eq!(loaded.config().rpc.max_calls, 7);
    let shown = loaded.show(true);
    let line = shown.lines().find(|it| it.starts_with("max_calls = "));
    assert!(line.unwrap().ends_with("config.toml:2"), "{shown}");

    // Whoever names a file means that one.
    let elsewhere = tempfile::tempdir().unwrap();
    let other = elsewhere.path().join("other.toml");
    fs::write(&other, "").unwrap();
    let other = other.to_str().unwrap();
    for (words, variable) in [
        (vec!["--config", other], None),
        (Vec::new(), Some(("ARGOSY_CONFIG", other))),
    ] {
        let loaded = load_beside(file, &words, variable).unwrap();
        assert_eq!(loaded.config().rpc.max_calls, 4096, "{words:?}");
    }
    // Where there is no file, none is missing.
    let folder = tempfile::tempdir().unwrap();
    for directory in [folder.path().join("none"), other.into()] {
        let words = ["--data-dir", directory.to_str().unwrap()];
        assert!(Sources::flags(&words).load().is_ok(), "{words:?}");
    }
}

#[test]
fn a_file_in_the_data_directory_is_well_and_stays_there() {
    let refuse = |text: &[u8], says: &[&str]| {
        let Err(error) = load_beside(text, &[], None) else {
            panic!("it was taken");
        };
        for text in says {
            assert!(error.contains(text), "no {text:?} in {error}");
        }
    };
    refuse(
        b"[rpc]\nmax_cals = 7\n",
        &["rpc.max_cals", "config.toml:2", "max_calls"],
    );
    refuse(&[0xff], &["config.toml", "UTF-8"]);
    // The flag is stronger, so that one says the same.
    let stays = load_beside(b"data_dir = \"/elsewhere\"\n", &[], None);
    assert!(stays.is_ok(), "{:?}", stays.err());
    // A variable that names the directory, too.
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), "instance = 3\n").unwrap();
    let named = Sources::environment("ARGOSY_DATA_DIR", folder.path().to_str().unwrap());
    assert_eq!(named.load().unwrap().config().rpc.listen.port(), 9563);
}
