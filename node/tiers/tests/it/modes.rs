//! What each mode does.

use argosy_spec::ChainSpec;
use argosy_tiers::{TierMode, Tiers};
use argosy_vm_engine::{FastCode, FastUse};

use crate::kit::{CONTRACT, COSMWASM, OFTEN, files, find, key, metrics, tiers, wait_for, worker};

#[test]
fn the_interpreter_alone_needs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let inside = dir.path().join("tiers");
    let opened = Tiers::open(&ChainSpec::dev(), TierMode::Interpreter, &inside, worker());
    assert!(opened.unwrap().is_none());
    assert!(!inside.exists());
}

#[test]
fn auto_compiles_what_is_called_often_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let tiers = tiers(TierMode::Auto, dir.path());
    assert_eq!(tiers.purpose(), FastUse::Run);
    for _ in 0..OFTEN - 1 {
        assert!(find(&tiers, CONTRACT).is_none());
    }
    assert!(files(dir.path()).is_empty());
    let _ = wait_for(&tiers, CONTRACT);
    assert_eq!(files(dir.path()).len(), 1);
    let rare = CONTRACT.replace("100", "101");
    assert!(find(&tiers, &rare).is_none());
    let text = metrics(&tiers);
    assert!(text.contains("tier_modules_compiled_total 1"), "{text}");
    assert!(text.contains("tier_compile_failures_total 0"), "{text}");
    assert!(!text.contains("tier_code_bytes 0"), "{text}");
}

#[test]
fn compiled_and_shadow_compile_at_once() {
    for (mode, purpose) in [
        (TierMode::Compiled, FastUse::Run),
        (TierMode::Shadow, FastUse::Compare),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let tiers = tiers(mode, dir.path());
        assert_eq!(tiers.purpose(), purpose);
        assert!(find(&tiers, CONTRACT).is_some(), "{mode}");
    }
}

#[test]
fn contracts_of_every_abi_are_compiled_each_by_its_own_rules() {
    let dir = tempfile::tempdir().unwrap();
    let tiers = tiers(TierMode::Compiled, dir.path());
    assert_ne!(key(CONTRACT).abi, key(COSMWASM).abi);
    for wat in [CONTRACT, COSMWASM] {
        assert!(find(&tiers, wat).is_some(), "{wat}");
    }
    assert_eq!(files(dir.path()).len(), 2);
    let text = metrics(&tiers);
    assert!(text.contains("tier_modules_compiled_total 2"), "{text}");
}

#[test]
fn what_was_given_up_stays_interpreted() {
    let dir = tempfile::tempdir().unwrap();
    let tiers = tiers(TierMode::Compiled, dir.path());
    assert!(find(&tiers, CONTRACT).is_some());
    tiers.give_up(&key(CONTRACT));
    assert!(find(&tiers, CONTRACT).is_none());
    let text = metrics(&tiers);
    assert!(text.contains("tier_modules_given_up_total 1"), "{text}");
}

#[test]
fn what_does_not_compile_stays_interpreted() {
    let dir = tempfile::tempdir().unwrap();
    let mut broken = worker();
    broken.program = "/bin/false".into();
    let opened = Tiers::open(&ChainSpec::dev(), TierMode::Compiled, dir.path(), broken);
    let tiers = opened.unwrap().unwrap();
    assert!(find(&tiers, CONTRACT).is_none());
    assert!(find(&tiers, CONTRACT).is_none());
    let text = metrics(&tiers);
    // Not tried again and again.
    assert!(text.contains("tier_compile_failures_total 1"), "{text}");
}

#[test]
fn a_mode_has_one_spelling() {
    for mode in [
        TierMode::Auto,
        TierMode::Interpreter,
        TierMode::Compiled,
        TierMode::Shadow,
    ] {
        assert_eq!(mode.as_str().parse(), Ok(mode));
    }
    let unknown = "fast".parse::<TierMode>().unwrap_err().to_string();
    assert!(unknown.contains("`fast`") && unknown.contains("shadow"));
}
