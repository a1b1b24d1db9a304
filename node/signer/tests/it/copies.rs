//! Record and second copy against one another.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use argosy_primitives::SecretKey;
use argosy_signer::{Copies, LocalSigner, Mark, RECORD_FILE, Sign, SignError, Step, init_record};
use tempfile::TempDir;

use crate::support::*;

/// A signer with a second copy that has signed both votes of heights 1 to 5; each call gives what
/// record and second copy were after height 3, too.
fn after_five() -> (TempDir, Arc<Keeper>, Vec<u8>, Option<Mark>) {
    let (folder, keeper) = (with_record(), Arc::new(Keeper::default()));
    let signer = open_with(folder.path(), &keeper).unwrap();
    assert_eq!(signer.copies(), Copies::Agree);
    let mut old = (Vec::new(), None);
    for height in 1..=5 {
        signer.sign_vote(&prevote(height, 1)).unwrap();
        signer.sign_vote(&precommit(height, 1)).unwrap();
        if height == 3 {
            let record = fs::read(folder.path().join(RECORD_FILE)).unwrap();
            old = (record, *keeper.mark.lock().unwrap());
        }
    }
    drop(signer);
    (folder, keeper, old.0, old.1)
}

/// They differ, the height of the higher one is sat out, also after a restart, and then it signs on.
#[track_caller]
fn check_sits_out(folder: &Path, keeper: &Arc<Keeper>, expected: Copies) {
    let signer = open_with(folder, keeper).unwrap();
    assert_eq!(signer.copies(), expected);
    assert_eq!(
        signer.mark().unwrap().unwrap().at,
        at(5, 0, Step::Precommit)
    );
    drop(signer);
    let signer = open_with(folder, keeper).unwrap();
    assert_eq!(signer.copies(), Copies::Agree);
    assert_eq!(keeper.position(), Some(at(5, 0, Step::Precommit)));
    for asked in [prevote(5, 1), precommit(5, 2), precommit(4, 1)] {
        let refused = signer.sign_vote(&asked);
        assert!(
            matches!(refused, Err(SignError::Held { until: 5, .. })),
            "{refused:?}"
        );
    }
    signer.sign_vote(&prevote(6, 1)).unwrap();
}

#[test]
fn agree_after_a_clean_stop() {
    let (folder, keeper, ..) = after_five();
    let signer = open_with(folder.path(), &keeper).unwrap();
    assert_eq!(
        (signer.copies(), signer.held_until().unwrap()),
        (Copies::Agree, 0)
    );
    drop(signer);
    assert_eq!(open(folder.path()).unwrap().copies(), Copies::Single);
}

#[test]
fn a_record_that_was_rolled_back_is_noticed() {
    let (folder, keeper, record, _) = after_five();
    fs::write(folder.path().join(RECORD_FILE), record).unwrap();
    let expected = Copies::Differ {
        record: Some(at(3, 0, Step::Precommit)),
        keeper: Some(at(5, 0, Step::Precommit)),
    };
    check_sits_out(folder.path(), &keeper, expected);
}

#[test]
fn a_second_copy_that_was_rolled_back_is_noticed() {
    let (folder, keeper, _, mark) = after_five();
    *keeper.mark.lock().unwrap() = mark;
    let expected = Copies::Differ {
        record: Some(at(5, 0, Step::Precommit)),
        keeper: Some(at(3, 0, Step::Precommit)),
    };
    check_sits_out(folder.path(), &keeper, expected);
}

#[test]
fn a_lost_copy_is_noticed() {
    let (folder, keeper, ..) = after_five();
    *keeper.mark.lock().unwrap() = None;
    let expected = Copies::Differ {
        record: Some(at(5, 0, Step::Precommit)),
        keeper: None,
    };
    check_sits_out(folder.path(), &keeper, expected);

    let (folder, keeper, ..) = after_five();
    fs::remove_file(folder.path().join(RECORD_FILE)).unwrap();
    assert!(open_with(folder.path(), &keeper).is_err());
    init_record(folder.path(), chain(), &key().public()).unwrap();
    let expected = Copies::Differ {
        record: None,
        keeper: Some(at(5, 0, Step::Precommit)),
    };
    check_sits_out(folder.path(), &keeper, expected);
}

/// A stop between the two writes is no disagreement: a healthy node goes on in its height.
#[test]
fn a_stop_between_the_two_is_no_disagreement() {
    let (folder, keeper, ..) = after_five();
    for (height, is_first) in [(6, false), (7, true)] {
        let signer = open_with(folder.path(), &keeper).unwrap();
        if !is_first {
            signer.sign_vote(&prevote(height, 1)).unwrap();
        }
        keeper.fails.store(true, Ordering::Relaxed);
        let failed = signer.sign_vote(&precommit(height, 1));
        assert!(matches!(failed, Err(SignError::Keeper(_))));
        keeper.fails.store(false, Ordering::Relaxed);
        assert!(matches!(
            signer.sign_vote(&precommit(height, 1)),
            Err(SignError::Broken)
        ));
        assert_ne!(keeper.position(), Some(at(height, 0, Step::Precommit)));
        drop(signer);

        let signer = open_with(folder.path(), &keeper).unwrap();
        assert_eq!(
            (signer.copies(), signer.held_until().unwrap()),
            (Copies::Agree, 0)
        );
        assert_eq!(keeper.position(), Some(at(height, 0, Step::Precommit)));
        signer.sign_vote(&precommit(height, 1)).unwrap();
        assert!(matches!(
            signer.sign_vote(&precommit(height, 2)),
            Err(SignError::Conflict { .. })
        ));
    }
}

/// Two signers had one key: both copies have a mark there, over different bytes.
#[test]
fn different_marks_in_one_place_differ() {
    let (folder, keeper, ..) = after_five();
    let hash = precommit(5, 2).sign_hash();
    let twin = Mark {
        at: at(5, 0, Step::Precommit),
        sign_hash: hash,
        signature: key().sign(hash.as_bytes()),
    };
    *keeper.mark.lock().unwrap() = Some(twin);
    let expected = Copies::Differ {
        record: Some(twin.at),
        keeper: Some(twin.at),
    };
    check_sits_out(folder.path(), &keeper, expected);
}

#[test]
fn a_mark_of_another_key_is_refused() {
    let (folder, keeper, ..) = after_five();
    let other = SecretKey::generate_from([8; 32]);
    let (hash, place) = (precommit(6, 2).sign_hash(), at(6, 0, Step::Precommit));
    *keeper.mark.lock().unwrap() = Some(Mark {
        at: place,
        sign_hash: hash,
        signature: other.sign(hash.as_bytes()),
    });
    let refused = open_with(folder.path(), &keeper);
    assert!(matches!(refused, Err(SignError::KeeperForeign { at }) if at == place));
}

#[test]
fn a_second_copy_that_cannot_be_read_is_not_an_absent_one() {
    let (folder, keeper, ..) = after_five();
    keeper.fails.store(true, Ordering::Relaxed);
    let refused = LocalSigner::open(key(), chain(), folder.path(), Some(keeper));
    assert!(matches!(refused, Err(SignError::Keeper(_))));
}
