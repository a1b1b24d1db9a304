//! Files: kept over a restart, refused when anything is wrong with them, made again.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use argosy_tiers::TierMode;

use crate::kit::{CONTRACT, files, find, find_without_bytes, metrics, tiers};

/// A folder with one artefact.
fn filled() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    assert!(find(&tiers(TierMode::Compiled, dir.path()), CONTRACT).is_some());
    assert_eq!(files(dir.path()).len(), 1);
    dir
}

/// Opened again, the folder's artefact is refused and made anew.
#[track_caller]
fn check_made_again(dir: &tempfile::TempDir) {
    let tiers = tiers(TierMode::Compiled, dir.path());
    assert!(find(&tiers, CONTRACT).is_some());
    let text = metrics(&tiers);
    assert!(text.contains("tier_artefacts_refused_total 1"), "{text}");
    assert!(text.contains("tier_modules_compiled_total 1"), "{text}");
    assert_eq!(files(dir.path()).len(), 1);
}

#[test]
fn a_restart_loads_what_was_compiled() {
    let dir = filled();
    let again = tiers(TierMode::Auto, dir.path());
    // The first use looks on the disk, in the background; no use needs the module's bytes.
    let mut found = None;
    for _ in 0..400 {
        found = find_without_bytes(&again, CONTRACT);
        if found.is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(found.is_some());
    let text = metrics(&again);
    assert!(text.contains("tier_modules_loaded_total 1"), "{text}");
    assert!(text.contains("tier_modules_compiled_total 0"), "{text}");
}

#[test]
fn a_flipped_byte_is_noticed() {
    let length = fs::metadata(&files(filled().path())[0]).unwrap().len() as usize;
    for at in [0, 5, 40, 75, 500, length - 1] {
        let dir = filled();
        let file = &files(dir.path())[0];
        let mut bytes = fs::read(file).unwrap();
        bytes[at] ^= 1;
        fs::write(file, bytes).unwrap();
        check_made_again(&dir);
    }
}

#[test]
fn a_torn_file_is_noticed() {
    for length in [0, 3, 68, 69, 1_000] {
        let dir = filled();
        let file = &files(dir.path())[0];
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..length]).unwrap();
        check_made_again(&dir);
    }
}

#[test]
fn another_nodes_file_is_refused() {
    let (dir, other) = (filled(), filled());
    fs::copy(&files(other.path())[0], &files(dir.path())[0]).unwrap();
    check_made_again(&dir);
}

#[test]
fn a_damaged_secret_is_replaced_and_its_artefacts_with_it() {
    let dir = filled();
    fs::write(dir.path().join("seal.key"), b"short").unwrap();
    check_made_again(&dir);
}

#[test]
fn the_secret_is_the_nodes_own() {
    let dir = filled();
    let secret = fs::metadata(dir.path().join("seal.key")).unwrap();
    assert_eq!(secret.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, b"").unwrap();
    let opened = argosy_tiers::Tiers::open(
        &argosy_spec::ChainSpec::dev(),
        TierMode::Auto,
        &file,
        crate::kit::worker(),
    );
    let message = opened.map(|_| ()).unwrap_err().to_string();
    assert!(message.contains(&*file.display().to_string()), "{message}");
}
