//! Damage to the record: survived where one slot is whole, else an error that says which file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use argosy_primitives::{GenesisHash, SecretKey};
use argosy_signer::{
    LocalSigner, RECORD_FILE, RecordDamage, RecordError, Sign, SignError, Step, init_record,
    init_record_at,
};
use tempfile::TempDir;

use crate::support::*;

const SLOT: usize = 16 << 10;

/// A record after a prevote and a precommit at height 1.
fn with_marks() -> (TempDir, PathBuf, Vec<u8>) {
    let folder = with_record();
    let signer = open(folder.path()).unwrap();
    signer.sign_vote(&prevote(1, 9)).unwrap();
    signer.sign_vote(&precommit(1, 9)).unwrap();
    let path = folder.path().join(RECORD_FILE);
    let bytes = fs::read(&path).unwrap();
    (folder, path, bytes)
}

#[track_caller]
fn refused(folder: &Path) -> RecordError {
    match open(folder) {
        Err(SignError::Record(error)) => error,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[track_caller]
fn damage(folder: &Path) -> RecordDamage {
    let error = refused(folder);
    let text = error.to_string();
    assert!(
        text.contains(&folder.join(RECORD_FILE).display().to_string()),
        "{text}"
    );
    match error {
        RecordError::Damaged { what, .. } => what,
        other => panic!("expected damage, got {other:?}"),
    }
}

/// Opens and still knows its highest mark.
#[track_caller]
fn check_mended(folder: &Path) {
    let signer = open(folder).unwrap();
    assert!(signer.was_torn());
    assert_eq!(
        signer.mark().unwrap().unwrap().at,
        at(1, 0, Step::Precommit)
    );
    assert!(matches!(
        signer.sign_vote(&precommit(1, 8)),
        Err(SignError::Conflict { .. })
    ));
    drop(signer);
    assert!(!open(folder).unwrap().was_torn());
}

/// Pseudo-random bits of the used part of a slot, always the same.
fn bits(used: usize) -> impl Iterator<Item = usize> {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % (used as u64 * 8)) as usize
    })
    .take(200)
}

fn used(bytes: &[u8]) -> usize {
    12 + u32::from_le_bytes(*bytes[8..].first_chunk().unwrap()) as usize + 32
}

#[test]
fn a_missing_record_is_not_an_empty_one() {
    let folder = TempDir::new().unwrap();
    assert!(matches!(
        refused(folder.path()),
        RecordError::Missing { .. }
    ));
    assert!(matches!(
        refused(&folder.path().join("none")),
        RecordError::Missing { .. }
    ));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let (folder, path, _) = with_marks();
    fs::remove_file(path).unwrap();
    assert!(matches!(
        refused(folder.path()),
        RecordError::Missing { .. }
    ));
}

#[test]
fn is_made_once_and_for_its_owner_only() {
    let folder = TempDir::new().unwrap();
    let inner = folder.path().join("a/b");
    init_record(&inner, chain(), &key().public()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode(&inner), mode(&inner.join(RECORD_FILE))),
        (0o700, 0o600)
    );
    assert_eq!(fs::read_dir(&inner).unwrap().count(), 1);
    open(&inner).unwrap().sign_vote(&prevote(1, 1)).unwrap();
    let before = fs::read(inner.join(RECORD_FILE)).unwrap();
    for again in [
        init_record(&inner, chain(), &key().public()),
        init_record_at(&inner, chain(), &key().public(), 5),
    ] {
        assert!(matches!(again, Err(RecordError::Exists { .. })));
    }
    assert_eq!(fs::read(inner.join(RECORD_FILE)).unwrap(), before);
}

#[test]
fn two_signers_never_share_one() {
    let folder = with_record();
    let signer = open(folder.path()).unwrap();
    assert!(matches!(refused(folder.path()), RecordError::InUse { .. }));
    drop(signer);
    open(folder.path()).unwrap();
}

#[test]
fn belongs_to_one_key_and_chain() {
    let folder = with_record();
    let other = SecretKey::generate_from([8; 32]);
    let opened = LocalSigner::open(other, chain(), folder.path(), None);
    assert!(matches!(
        opened,
        Err(SignError::Record(RecordError::OtherKey { .. }))
    ));
    let opened = LocalSigner::open(key(), GenesisHash::from_bytes([2; 32]), folder.path(), None);
    assert!(matches!(
        opened,
        Err(SignError::Record(RecordError::OtherChain { .. }))
    ));
}

#[test]
fn any_other_length_is_damage() {
    let (folder, path, bytes) = with_marks();
    let lengths = (0..2 * SLOT)
        .step_by(61)
        .chain([SLOT, 2 * SLOT - 1, 2 * SLOT + 1]);
    for length in lengths {
        let mut cut = bytes.clone();
        cut.resize(length, 0);
        fs::write(&path, &cut).unwrap();
        assert!(
            matches!(damage(folder.path()), RecordDamage::Length { .. }),
            "{length}"
        );
    }
}

#[test]
fn zeros_are_damage() {
    let (folder, path, bytes) = with_marks();
    for slot in 0..2 {
        let mut zeroed = bytes.clone();
        zeroed[slot * SLOT..][..SLOT].fill(0);
        fs::write(&path, &zeroed).unwrap();
        check_mended(folder.path());
    }
    fs::write(&path, vec![0; 2 * SLOT]).unwrap();
    assert!(matches!(
        damage(folder.path()),
        RecordDamage::BothSlots { .. }
    ));
}

#[test]
fn flipped_bits_are_mended_from_the_other_slot_or_refused() {
    let (folder, path, bytes) = with_marks();
    for (index, bit) in bits(used(&bytes)).enumerate() {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped[SLOT + bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &flipped).unwrap();
        assert!(
            matches!(damage(folder.path()), RecordDamage::BothSlots { .. }),
            "bit {bit}"
        );
        if index % 8 == 0 {
            let slot = index / 8 % 2 * SLOT;
            let mut flipped = bytes.clone();
            flipped[slot + bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, &flipped).unwrap();
            check_mended(folder.path());
        }
    }
}

/// A crash after any byte of either slot of the next write.
#[test]
fn a_torn_write_is_mended() {
    let (folder, path, before) = with_marks();
    let signer = open(folder.path()).unwrap();
    signer.sign_vote(&prevote(2, 9)).unwrap();
    drop(signer);
    let after = fs::read(&path).unwrap();
    let between = used(&after);
    let points = (0..2 * between).step_by(37);
    for written in points.chain([between - 1, between, between + 1, 2 * between - 1]) {
        let mut torn = before.clone();
        let first = written.min(used(&after));
        torn[..first].copy_from_slice(&after[..first]);
        torn[SLOT..][..written - first].copy_from_slice(&after[SLOT..][..written - first]);
        fs::write(&path, &torn).unwrap();
        let signer = open(folder.path()).unwrap();
        let mark = signer.mark().unwrap().unwrap().at;
        let is_whole = first == used(&after);
        assert_eq!(mark.height, if is_whole { 2 } else { 1 }, "{written}");
    }
}

#[test]
fn slots_that_no_crash_leaves_are_damage() {
    let (folder, path, first) = with_marks();
    let signer = open(folder.path()).unwrap();
    signer.sign_vote(&prevote(2, 9)).unwrap();
    drop(signer);
    let second = fs::read(&path).unwrap();
    let mixed = [&first[..SLOT], &second[SLOT..]].concat();
    fs::write(&path, mixed).unwrap();
    assert!(matches!(damage(folder.path()), RecordDamage::Apart { .. }));
}

#[test]
fn a_record_that_was_replaced_stops_the_signer() {
    let (folder, path, bytes) = with_marks();
    let signer = open(folder.path()).unwrap();
    fs::rename(&path, folder.path().join("old")).unwrap();
    fs::write(&path, bytes).unwrap();
    let refused = signer.sign_vote(&prevote(2, 1));
    assert!(matches!(
        refused,
        Err(SignError::Record(RecordError::Replaced { .. }))
    ));
    assert!(!refused.unwrap_err().is_refusal());
    assert!(matches!(
        signer.sign_vote(&prevote(3, 1)),
        Err(SignError::Broken)
    ));
    assert!(matches!(signer.mark(), Err(SignError::Broken)));
}
