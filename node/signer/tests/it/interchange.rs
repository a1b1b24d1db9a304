//! Export and import.

use argosy_primitives::{GenesisHash, SecretKey};
use argosy_signer::{
    ImportError, Imported, RecordError, Sign, SignError, export_record, import_record, init_record,
    init_record_at,
};
use tempfile::TempDir;

use crate::support::*;

/// The export of a signer that has signed both votes of this height.
fn exported(height: u64) -> String {
    let folder = with_record();
    let signer = open(folder.path()).unwrap();
    signer.sign_vote(&prevote(height, 1)).unwrap();
    signer.sign_vote(&precommit(height, 1)).unwrap();
    let locked = export_record(folder.path(), chain(), &key().public());
    assert!(matches!(locked, Err(RecordError::InUse { .. })));
    drop(signer);
    export_record(folder.path(), chain(), &key().public()).unwrap()
}

#[track_caller]
fn take(folder: &TempDir, text: &str) -> Imported {
    import_record(folder.path(), text, chain(), &key().public()).unwrap()
}

#[track_caller]
fn refused(text: &str) -> ImportError {
    let folder = TempDir::new().unwrap();
    let error = import_record(folder.path(), text, chain(), &key().public()).unwrap_err();
    assert!(open(folder.path()).is_err(), "nothing was made");
    error
}

#[test]
fn the_text_is_what_its_format_says() {
    let found = exported(7);
    let vote = precommit(7, 1);
    let signature = key().sign(vote.sign_hash().as_bytes());
    let expected = format!(
        r#"{{
  "format": "argosy-sign-record",
  "version": 1,
  "genesisHash": "{}",
  "publicKey": "{}",
  "sitsOutUntil": 0,
  "marks": [
    {{
      "height": 7,
      "round": 0,
      "step": "precommit",
      "signHash": "{}",
      "signature": "{signature}"
    }}
  ]
}}
"#,
        chain(),
        key().public(),
        vote.sign_hash(),
    );
    assert_eq!(found, expected);
}

#[test]
fn a_moved_key_signs_above_what_it_has_signed() {
    let folder = TempDir::new().unwrap();
    let expected = Imported {
        is_new: true,
        sits_out_until: 7,
    };
    assert_eq!(take(&folder, &exported(7)), expected);
    let signer = open(folder.path()).unwrap();
    assert!(matches!(
        signer.sign_vote(&precommit(7, 1)),
        Err(SignError::Held { .. })
    ));
    signer.sign_vote(&prevote(8, 1)).unwrap();
}

#[test]
fn never_lowers_anything() {
    let folder = with_record();
    let signer = open(folder.path()).unwrap();
    signer.sign_vote(&precommit(9, 1)).unwrap();
    drop(signer);
    let imported = take(&folder, &exported(7));
    assert_eq!((imported.is_new, imported.sits_out_until), (false, 7));
    let signer = open(folder.path()).unwrap();
    assert!(matches!(
        signer.sign_vote(&precommit(9, 2)),
        Err(SignError::Conflict { .. })
    ));
    assert!(matches!(
        signer.sign_vote(&precommit(8, 2)),
        Err(SignError::Below { .. })
    ));
    signer.sign_vote(&precommit(9, 1)).unwrap();
    drop(signer);
    assert_eq!(take(&folder, &exported(11)).sits_out_until, 11);
    assert_eq!(take(&folder, &exported(10)).sits_out_until, 11);
}

#[test]
fn an_export_carries_what_is_sat_out() {
    let (from, to) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    init_record_at(from.path(), chain(), &key().public(), 30).unwrap();
    let text = export_record(from.path(), chain(), &key().public()).unwrap();
    assert_eq!(take(&to, &text).sits_out_until, 30);
}

#[test]
fn takes_nothing_of_others() {
    let folder = TempDir::new().unwrap();
    let other = SecretKey::generate_from([8; 32]).public();
    let found = import_record(folder.path(), &exported(7), chain(), &other);
    assert!(matches!(found, Err(ImportError::OtherKey { .. })));
    let other = GenesisHash::from_bytes([2; 32]);
    let found = import_record(folder.path(), &exported(7), other, &key().public());
    assert!(matches!(found, Err(ImportError::OtherChain { .. })));
}

#[test]
fn names_what_is_wrong() {
    let text = exported(7);
    let swap = |from: &str, to: &str| refused(&text.replace(from, to));
    assert!(matches!(refused(""), ImportError::Json(_)));
    assert!(matches!(
        refused(&text[..text.len() / 2]),
        ImportError::Json(_)
    ));
    assert!(matches!(
        refused(&" ".repeat(70_000)),
        ImportError::TooLong { .. }
    ));
    assert!(matches!(
        swap("\"round\"", "\"ruond\""),
        ImportError::Json(_)
    ));
    assert!(matches!(
        swap("\"version\": 1", "\"version\": 2"),
        ImportError::Format { .. }
    ));
    assert!(matches!(
        swap("argosy-", "other-"),
        ImportError::Format { .. }
    ));
    assert!(matches!(
        swap("precommit", "commit"),
        ImportError::Field { field: "step", .. }
    ));
    let hash = precommit(7, 1).sign_hash().to_string();
    assert!(matches!(
        swap(&hash, "0x00"),
        ImportError::Field {
            field: "signHash",
            ..
        }
    ));
    let other = precommit(8, 1).sign_hash().to_string();
    assert!(matches!(
        swap(&hash, &other),
        ImportError::ForeignMark { .. }
    ));
}

#[test]
fn needs_the_record_to_be_free() {
    let folder = TempDir::new().unwrap();
    init_record(folder.path(), chain(), &key().public()).unwrap();
    let _signer = open(folder.path()).unwrap();
    let found = import_record(folder.path(), &exported(7), chain(), &key().public());
    assert!(matches!(
        found,
        Err(ImportError::Record(RecordError::InUse { .. }))
    ));
}
