//! Frozen bytes. `ARGOSY_BLESS=1` rewrites the file; without it a difference fails.

use std::fmt::Write as _;
use std::path::Path;

use argosy_primitives::codec::Limits;
use argosy_primitives::decode_untrusted;
use argosy_vm_abi::{AbiItem, Capabilities, IMPORTS, MODULE, Manifest, RevertData, SdkError};
use parity_scale_codec::Encode;

use crate::sample;

#[track_caller]
fn check(file: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(file);
    if std::env::var_os("ARGOSY_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("has a folder")).expect("folder");
        std::fs::write(&path, found).expect("golden file is writable");
    }
    let expected = std::fs::read_to_string(&path).expect("golden file exists");
    assert_eq!(found, expected, "{file} changed: these bytes are frozen");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}

#[test]
fn schema_items_keep_their_bytes() {
    let mut lines = String::new();
    for (name, item) in sample::items() {
        let bytes = item.encode();
        writeln!(lines, "{name} {}", hex(&bytes)).expect("a string takes everything");
        let decoded = decode_untrusted::<AbiItem>(&bytes, Limits::for_size(bytes.len()));
        assert_eq!(decoded, Ok(item));
    }
    check("schema.txt", &lines);
}

#[test]
fn revert_payloads_keep_their_bytes() {
    let sdk_errors = [
        SdkError::UnknownSelector,
        SdkError::BadArguments,
        SdkError::NotPayable,
        SdkError::CorruptStorage,
        SdkError::BadReply,
        SdkError::CallFailed,
        SdkError::Overflow,
    ];
    let mut payloads = vec![
        ("error".to_string(), RevertData::Error(vec![0, 1, 2])),
        ("message".to_string(), RevertData::Message("no".into())),
    ];
    payloads.extend(sdk_errors.map(|it| (format!("sdk-{}", it.as_str()), RevertData::Sdk(it))));
    let mut lines = String::new();
    for (name, payload) in payloads {
        let bytes = payload.encode();
        writeln!(lines, "{name} {}", hex(&bytes)).expect("a string takes everything");
        assert_eq!(RevertData::parse(&bytes), Ok(payload));
    }
    check("revert.txt", &lines);
}

#[test]
fn manifests_keep_their_bytes() {
    let sets = [
        ("none", Capabilities::NONE),
        ("transfer", Capabilities::TRANSFER),
        ("call", Capabilities::CALL),
        ("instantiate", Capabilities::INSTANTIATE),
        ("upgrade", Capabilities::UPGRADE),
        ("all", Capabilities::ALL),
    ];
    let lines = sets.map(|(name, capabilities)| {
        format!("{name} {}\n", hex(&Manifest { capabilities }.to_bytes()))
    });
    check("manifest.txt", &lines.concat());
}

#[test]
fn the_import_table_is_frozen() {
    let mut lines = String::new();
    for row in IMPORTS {
        writeln!(
            lines,
            "{MODULE}.{} {:?} -> {:?}",
            row.name, row.params, row.result
        )
        .expect("a string takes everything");
    }
    check("imports.txt", &lines);
}
