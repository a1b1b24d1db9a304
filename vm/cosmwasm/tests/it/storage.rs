//! Keys and values.

use argosy_primitives::StatusCode;
use argosy_vm_cosmwasm::Import;
use argosy_vm_host::{Stop, TrapKind};

use crate::fake::{SPEC, Stage};

#[test]
fn what_is_written_is_read_until_it_is_removed() {
    let mut stage = Stage::new();
    assert_eq!(stage.run_on(Import::DbRead, &[b"key"]), 0);
    stage.run_on(Import::DbWrite, &[b"key", b"value"]);
    let value = stage.run_on(Import::DbRead, &[b"key"]);
    assert_eq!(stage.at(value), b"value");
    stage.run_on(Import::DbRemove, &[b"key"]);
    assert_eq!(stage.run_on(Import::DbRead, &[b"key"]), 0);
}

#[test]
fn a_read_only_frame_writes_nothing() {
    let mut stage = Stage::new();
    stage.host.context.read_only = true;
    let (key, value) = (stage.put(b"key"), stage.put(b"value"));
    for (import, args) in [
        (Import::DbWrite, &[key, value][..]),
        (Import::DbRemove, &[key][..]),
    ] {
        let stop = stage.import(import, args);
        assert!(matches!(stop, Err(Stop::Refused(StatusCode::ReadOnly))));
    }
    assert!(stage.host.storage.is_empty());
}

#[test]
fn sizes_are_those_of_the_chain() {
    let limits = &SPEC.limits;
    let key_max = limits.storage_key_bytes_max as usize;
    let value_max = limits.storage_value_bytes_max as usize;
    for (key, value, fits) in [
        (key_max, value_max, true),
        (key_max + 1, 1, false),
        (1, value_max + 1, false),
    ] {
        let mut stage = Stage::new();
        let args = [stage.put(&vec![1; key]), stage.put(&vec![2; value])];
        let stop = stage.import(Import::DbWrite, &args);
        match fits {
            true => assert!(stop.is_ok()),
            false => assert!(matches!(
                stop,
                Err(Stop::Refused(StatusCode::LimitExceeded))
            )),
        }
    }
}

#[test]
fn an_import_pays_before_it_acts() {
    for import in [Import::DbWrite, Import::DbRemove] {
        let mut stage = Stage::new();
        stage
            .host
            .storage
            .insert(b"key".to_vec(), b"old".as_slice().into());
        let args = [stage.put(b"key"), stage.put(b"new")];
        stage.guest.gas = 1_000;
        let args = &args[..if import == Import::DbWrite { 2 } else { 1 }];
        assert!(matches!(stage.import(import, args), Err(Stop::OutOfGas)));
        assert_eq!(*stage.host.storage[&b"key"[..]], *b"old");
    }
}

#[test]
fn words_for_people_go_to_the_log() {
    let mut stage = Stage::new();
    stage.run_on(Import::Debug, &[b"hello"]);
    let text = stage.put("gr\u{fc}\u{df}e".as_bytes());
    let stop = stage.import(Import::Abort, &[text]);
    assert!(matches!(stop, Err(Stop::Trapped(TrapKind::Unreachable))));
    assert_eq!(stage.host.log, ["hello", "panicked: gr\u{fc}\u{df}e"]);
    // A text beyond what is logged is cut, not refused.
    let long = vec![b'x'; SPEC.limits.event_bytes_max as usize + 1];
    stage.run_on(Import::Debug, &[&long]);
    let logged = stage.host.log.last().map(String::len);
    assert_eq!(logged, Some(SPEC.limits.event_bytes_max as usize));
}
