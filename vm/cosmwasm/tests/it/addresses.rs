//! Texts and the bytes behind them.

use argosy_primitives::{Address, Hrp};
use argosy_vm_cosmwasm::Import;

use crate::fake::{SPEC, Stage};

fn someone() -> (Address, String) {
    let address = Address::from_bytes([7; 32]);
    (address, address.to_text(SPEC.network.hrp))
}

#[test]
fn a_text_and_its_bytes_are_the_same_address() {
    let (address, text) = someone();
    let mut stage = Stage::new();
    assert_eq!(stage.run_on(Import::AddrValidate, &[text.as_bytes()]), 0);
    let (source, out) = (stage.put(text.as_bytes()), stage.room(64));
    assert_eq!(stage.run(Import::AddrCanonicalize, &[source, out]), 0);
    assert_eq!(stage.at(out), address.as_bytes());
    let human = stage.room(90);
    assert_eq!(stage.run(Import::AddrHumanize, &[out, human]), 0);
    assert_eq!(stage.at(human), text.as_bytes());
}

#[track_caller]
fn refused(text: &[u8], flaw: &str) {
    let mut stage = Stage::new();
    let told = stage.run_on(Import::AddrValidate, &[text]);
    assert_eq!(String::from_utf8_lossy(stage.at(told)), flaw);
}

#[test]
fn wrong_texts_are_told_what_is_wrong() {
    let (address, text) = someone();
    refused(b"", "Input is empty");
    refused(&[0xff], "Input is not valid UTF-8");
    refused(b"alice", "Not an address");
    refused(text.to_uppercase().as_bytes(), "Address is not normalized");
    refused(&text.as_bytes()[1..], "Not an address");
    let mut typo = text.clone().into_bytes();
    let last = typo.len() - 1;
    typo[last] = if typo[last] == b'q' { b'p' } else { b'q' };
    refused(&typo, "Not an address");
    let other: Hrp = "argo".parse().expect("a network");
    refused(
        address.to_text(other).as_bytes(),
        "Address of another network",
    );
    refused(&[b'x'; 256], "Not an address");
}

#[test]
fn upper_case_has_a_canonical_form_all_the_same() {
    let (address, text) = someone();
    let mut stage = Stage::new();
    let (source, out) = (stage.put(text.to_uppercase().as_bytes()), stage.room(64));
    assert_eq!(stage.run(Import::AddrCanonicalize, &[source, out]), 0);
    assert_eq!(stage.at(out), address.as_bytes());
}

#[test]
fn canonical_addresses_have_one_length() {
    for length in [0, 20, 31, 33, 64] {
        let mut stage = Stage::new();
        let (source, out) = (stage.put(&vec![1; length]), stage.room(90));
        let told = stage.run(Import::AddrHumanize, &[source, out]);
        assert!(
            stage.at(told).starts_with(b"Canonical addresses"),
            "{length}"
        );
    }
}

#[test]
fn what_is_longer_than_any_address_ends_the_frame() {
    let mut stage = Stage::new();
    let long = stage.put(&[b'x'; 257]);
    assert!(stage.import(Import::AddrValidate, &[long]).is_err());
    let long = stage.put(&[1; 65]);
    let out = stage.room(90);
    assert!(stage.import(Import::AddrHumanize, &[long, out]).is_err());
}

/// What contracts compute beforehand with `cosmwasm-std`; the client SDK freezes the same.
#[test]
fn instantiate2_is_frozen() {
    let code = "13a1fc994cc6d1c81b746ee0c0ff6f90043875e0bf1d9be6b7d779fc978dc2a5";
    let code = const_hex::decode(code).expect("hex");
    let creator = cosmwasm_std::CanonicalAddr::from([0x99; 32]);
    let address = cosmwasm_std::instantiate2_address(&code, &creator, b"a").expect("a salt");
    let expected = "66aa1693893be76c4329900b4d275589791a8423ed25832a8931949923c85c32";
    assert_eq!(const_hex::encode(address.as_slice()), expected);
}
