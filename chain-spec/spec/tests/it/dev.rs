//! The development chain is what the documentation says, byte for byte.

use std::path::Path;

use argosy_primitives::{AbiKind, ActionKind, Address, Hrp, Limits, SecretKey, decode_untrusted};
use argosy_spec::ChainSpec;
use parity_scale_codec::Encode;

const DEV_TOML: &str = include_str!("../../../networks/dev.toml");

#[test]
fn the_built_in_spec_is_the_file() {
    let spec = ChainSpec::from_toml(DEV_TOML).expect("dev.toml is valid");
    assert_eq!(spec, ChainSpec::dev());
}

/// The first lines are for people: the hash and the length; the rest is the SCALE bytes in hex.
#[test]
fn golden_bytes_and_genesis_hash() {
    let spec = ChainSpec::dev();
    let bytes = spec.encode();
    let mut text = format!(
        "genesis hash {}\nbytes {}\n",
        spec.genesis_hash(),
        bytes.len()
    );
    for row in bytes.chunks(32) {
        text.extend(row.iter().map(|it| format!("{it:02x}")));
        text.push('\n');
    }
    check_golden("dev-spec.txt", &text);
}

#[test]
fn decoding_the_bytes_gives_the_spec() {
    let spec = ChainSpec::dev();
    let bytes = spec.encode();
    let limits = Limits::for_size(1 << 16);
    let decoded: ChainSpec = decode_untrusted(&bytes, limits).expect("own bytes decode");
    assert_eq!(decoded, spec);
}

#[test]
fn ten_named_accounts_with_a_million_tokens_each() {
    let spec = ChainSpec::dev();
    let names: Vec<_> = spec
        .genesis
        .accounts
        .iter()
        .flat_map(|it| it.name.as_deref())
        .collect();
    let expected = [
        "alice", "bob", "carol", "dave", "eve", "frank", "grace", "heidi", "ivan", "judy",
    ];
    assert_eq!(names, expected);
    let balance = 1_000_000 * 10_u128.pow(12);
    assert!(spec.genesis.accounts.iter().all(|it| it.balance == balance));
}

#[test]
fn the_validator_key_is_the_one_of_the_public_seed() {
    let key = SecretKey::generate_from(*b"argosy dev validator seed 000001");
    assert_eq!(ChainSpec::dev().genesis.validators[0].key, key.public());
}

/// The seed is alice's, m/44'/9533'/0'/0'/0' of the public phrase; the others in clients/sdk.
#[test]
fn alice_is_the_first_account_of_the_public_phrase() {
    let public = "ed25519:0xe235c3cc41a7a4855680e15c8cfa8c5b93ee57e73349764e68113b0525c44b52";
    let address = Address::of_key(&public.parse().expect("a public key"));
    let alice = &ChainSpec::dev().genesis.accounts[0];
    assert_eq!(alice.address, address, "{}", address.to_text(Hrp::Dev));
}

#[test]
fn version_1_leaves_staking_and_governance_off() {
    let protocol = ChainSpec::dev().protocol;
    let off = [
        ActionKind::Bond,
        ActionKind::Unbond,
        ActionKind::Unjail,
        ActionKind::Govern,
    ];
    for kind in ActionKind::ALL {
        assert_eq!(protocol.is_active(1, kind), !off.contains(&kind), "{kind}");
        assert!(!protocol.is_active(2, kind), "{kind}");
    }
}

#[test]
fn the_largest_module_can_pay_for_its_upload() {
    let spec = ChainSpec::dev();
    let (prices, limits) = (&spec.upload_prices, &spec.vm[&AbiKind::Native]);
    let parts = [
        spec.fees.tx_gas,
        spec.fees.action_gas.store_code,
        spec.fees.tx_byte_gas * u64::from(limits.code_bytes_max + 1_024),
        prices.base,
        prices.per_byte * u64::from(limits.code_bytes_max),
        prices.per_function * u64::from(limits.functions_max),
        prices.per_local * u64::from(limits.locals_max),
        prices.per_block * u64::from(limits.blocks_max),
    ];
    let gas: u64 = parts.iter().sum();
    assert!(gas <= spec.limits.tx_gas_max, "{gas}");
}

#[track_caller]
fn check_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("ARGOSY_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("has a parent")).expect("writable");
        std::fs::write(&path, text).expect("writable");
    }
    let golden = std::fs::read_to_string(&path).expect("golden file; ARGOSY_BLESS=1 writes it");
    assert_eq!(text, golden, "bytes changed: that is another chain");
}
