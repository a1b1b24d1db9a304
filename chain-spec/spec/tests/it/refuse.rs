//! What is refused: each message names the key and what to do about it.

use argosy_spec::{ChainSpec, SpecError};
use proptest::prelude::*;

const DEV_TOML: &str = include_str!("../../../networks/dev.toml");

/// Replaces a piece of the dev spec and wants an error of this variant with these words.
#[track_caller]
fn check(piece: &str, replacement: &str, variant: fn(&SpecError) -> bool, words: &[&str]) {
    assert!(DEV_TOML.contains(piece), "dev.toml has no {piece:?}");
    let text = DEV_TOML.replacen(piece, replacement, 1);
    let error = ChainSpec::from_toml(&text).expect_err(replacement);
    assert!(variant(&error), "{error:?}");
    let message = error.to_string();
    for word in words {
        assert!(message.contains(word), "{word:?} not in {message:?}");
    }
}

macro_rules! is {
    ($variant:ident) => {
        |it| matches!(it, SpecError::$variant { .. })
    };
}

#[test]
fn no_toml() {
    check(
        "[network]",
        "[network",
        is!(Syntax),
        &["not valid TOML", "line"],
    );
    check("[fees]", "[limits]", is!(Syntax), &["duplicate key"]);
}

#[test]
fn unknown_missing_and_mistyped_keys() {
    check(
        "actions_max = 16",
        "action_max = 16",
        is!(Shape),
        &["`action_max`", "`actions_max`"],
    );
    check(
        "tx_gas = 45_000",
        "",
        is!(Shape),
        &["missing field `tx_gas`"],
    );
    check("tx_gas = 45_000", "tx_gas = -1", is!(Shape), &["tx_gas"]);
    check("tx_gas = 45_000", "tx_gas = 1.5", is!(Shape), &["tx_gas"]);
    check(
        "tx_gas = 45_000",
        "tx_gas = \"45\"",
        is!(Shape),
        &["tx_gas"],
    );
    check(
        "types_max = 256",
        "types_max = 5_000_000_000",
        is!(Shape),
        &["types_max"],
    );
    check("[network]", "[networks]", is!(Shape), &["`networks`"]);
    check(
        "{ base = 300, per",
        "{ bas = 300, per",
        is!(Shape),
        &["`bas`"],
    );
    check(
        "power = 1",
        "power = 1\nweight = 2",
        is!(Shape),
        &["`weight`"],
    );
}

#[test]
fn numbers_outside_their_range() {
    let edge =
        |piece, replacement, words: &[&str]| check(piece, replacement, is!(OutOfRange), words);
    edge(
        "actions_max = 16",
        "actions_max = 0",
        &["`limits.actions_max` is 0", "from 1 to 16"],
    );
    edge(
        "actions_max = 16",
        "actions_max = 17",
        &["`limits.actions_max` is 17"],
    );
    edge(
        "call_depth_max = 16",
        "call_depth_max = 17",
        &["`limits.call_depth_max`"],
    );
    edge(
        "locals_function_max = 512",
        "locals_function_max = 1_025",
        &["`vm.native.locals_function_max`"],
    );
    edge(
        "memory_pages_max = 256",
        "memory_pages_max = 513",
        &["`vm.native.memory_pages_max`"],
    );
    edge("simple = 1", "simple = 0", &["`instruction_prices.simple`"]);
    edge(
        "base = 8_000, per_8_bytes = 4",
        "base = 0, per_8_bytes = 4",
        &["`host_prices.storage_read.base`"],
    );
    edge(
        "memory_grow_page = 32_768",
        "memory_grow_page = 0",
        &["`load_prices.memory_grow_page`"],
    );
    edge(
        "transfer = 20_000",
        "transfer = 0",
        &["`fees.action_gas.transfer`"],
    );
    edge(
        "base_price_change_denominator = 8",
        "base_price_change_denominator = 0",
        &["`fees.base_price_change_denominator`"],
    );
    edge(
        "account_deposit = \"0.001 ARGO\"",
        "account_deposit = \"0 ARGO\"",
        &["`fees.account_deposit`"],
    );
    edge(
        "base_price = 1_000 ",
        "base_price = 99 ",
        &["`genesis.base_price` is 99", "from 100"],
    );
    edge("power = 1", "power = 0", &["`genesis.validators[0].power`"]);
    edge(
        "token_decimals = 12",
        "token_decimals = 19",
        &["`network.token_decimals`"],
    );
}

#[test]
fn values_above_those_that_bound_them() {
    let above = |piece, replacement, words: &[&str]| check(piece, replacement, is!(Above), words);
    above(
        "tx_gas_max = 100_000_000",
        "tx_gas_max = 300_000_001",
        &["`limits.tx_gas_max`", "`limits.block_gas_max`", "lower"],
    );
    above(
        "tx_size_bytes_max = 860_160",
        "tx_size_bytes_max = 1_048_577",
        &["`limits.block_size_bytes_max`"],
    );
    above(
        "code_bytes_max = 524_288",
        "code_bytes_max = 859_137",
        &["`vm.native.code_bytes_max`", "limits.tx_size_bytes_max"],
    );
    above(
        "memory_initial_pages_max = 64",
        "memory_initial_pages_max = 257",
        &["`vm.native.memory_pages_max`"],
    );
    above(
        "instrumented_bytes_max = 2_097_152",
        "instrumented_bytes_max = 500_000",
        &["`vm.native.code_bytes_max`"],
    );
}

#[test]
fn texts_that_do_not_say_what_they_should() {
    check(
        "hrp = \"dargo\"",
        "hrp = \"cargo\"",
        is!(Text),
        &["`network.hrp`", "cargo", "targo"],
    );
    check(
        "\"remove_code\"",
        "\"delete_code\"",
        is!(Text),
        &["`protocol.versions[0].actions`", "delete_code"],
    );
    check(
        "2y9kdgj2",
        "2y9kdgj3",
        is!(Text),
        &["`genesis.accounts[0].address`", "checksum"],
    );
    check(
        "\"1_000_000 ARGO\"",
        "\"1_000_000 EUR\"",
        is!(Text),
        &["`genesis.accounts[0].balance`", "ARGO"],
    );
    check(
        "\"0.0005 ARGO\"",
        "\"0.0000000000005 ARGO\"",
        is!(Text),
        &["`fees.storage_deposit_per_item`", "12 decimals"],
    );
    check(
        "ed25519:0xd7",
        "ed25519:0xd",
        is!(Text),
        &["`genesis.validators[0].key`", "ed25519:0x"],
    );
    check(
        "[vm.native]",
        "[vm.evm]",
        is!(Text),
        &["`vm`", "evm", "native"],
    );
    check(
        "name = \"dev\"",
        "name = \"\"",
        is!(Text),
        &["`network.name`"],
    );
    check(
        "name = \"alice\"",
        "name = \"Alice Ω\"",
        is!(Text),
        &["`genesis.accounts[0].name`"],
    );
}

#[test]
fn addresses_of_another_network() {
    let text =
        argosy_primitives::Address::from_bytes([7; 32]).to_text(argosy_primitives::Hrp::Main);
    let alice = "dargo1qpy2hk8dl3v5sxc6lnyn6fsw3d32gexj2m7et22k892y4tgczru2y9kdgj2";
    check(
        alice,
        &text,
        is!(WrongNetwork),
        &["`genesis.accounts[0].address`", "`argo`", "dargo1"],
    );
}

#[test]
fn what_is_listed_twice() {
    let bob = "dargo1qzaevg2xjlpwemnaflyeg005l8zqf5y7lv0khvukvdt758a4jgtfvsu2zym";
    let alice = "dargo1qpy2hk8dl3v5sxc6lnyn6fsw3d32gexj2m7et22k892y4tgczru2y9kdgj2";
    check(
        bob,
        alice,
        is!(Duplicate),
        &["`genesis.accounts[1].address`", alice],
    );
    check(
        "\"bob\"",
        "\"alice\"",
        is!(Duplicate),
        &["`genesis.accounts[1].name`", "alice"],
    );
    check(
        "\"remove_code\"",
        "\"transfer\"",
        is!(Duplicate),
        &["`protocol.versions[0].actions`"],
    );
    let validator = "\n[[genesis.validators]]\nkey = \"ed25519:0xd7d1b535fa56c699facb92dcb61ec6cdc2777bfa3e825144ce35c32d0c6017ce\"\npower = 1\n\n[limits]";
    check(
        "\n[limits]",
        validator,
        is!(Duplicate),
        &["`genesis.validators[1].key`"],
    );
    let version = "\n[[protocol.versions]]\nversion = 1\nactions = [\"call\"]\n\n[genesis]";
    check(
        "\n[genesis]",
        version,
        is!(Duplicate),
        &["`protocol.versions[1].version`"],
    );
}

#[test]
fn versions_that_do_not_fit() {
    let version =
        "[[protocol.versions]]\nversion = 3\nactions = [\"call\"]\n\n[[protocol.versions]]\n";
    check(
        "[[protocol.versions]]\n",
        version,
        is!(Above),
        &["`protocol.versions[0].version`"],
    );
    check(
        "genesis_version = 1",
        "genesis_version = 2",
        is!(UnknownVersion),
        &["`protocol.genesis_version` is 2"],
    );
}

#[test]
fn agreement_that_does_not_fit_the_validators() {
    check(
        "agreement = \"solo\"",
        "agreement = \"pow\"",
        is!(Text),
        &["`protocol.agreement`", "`bft`"],
    );
    check(
        "[consensus]",
        "[[genesis.validators]]\nkey = \"ed25519:0x0101010101010101010101010101010101010101010101010101010101010101\"\npower = 1\n\n[consensus]",
        is!(NotSolo),
        &["2 validators", "set \"bft\""],
    );
}

#[test]
fn sums_that_would_wrap() {
    let whole = "\"340282366920938463463374607431768211455 units\"";
    check(
        "\"1_000_000 ARGO\"",
        whole,
        is!(SumTooLarge),
        &["`genesis.accounts[].balance`"],
    );
    check(
        "power = 1",
        "power = 4_611_686_018_427_387_904",
        is!(SumTooLarge),
        &["`genesis.validators[].power`"],
    );
}

#[test]
fn lists_without_entries() {
    let actions = "actions = [\"transfer\", \"store_code\", \"remove_code\", \"instantiate\", \"call\", \"upgrade\", \"set_admin\"]";
    check(
        actions,
        "actions = []",
        is!(Empty),
        &["`protocol.versions[0].actions`"],
    );
    let validator = "[[genesis.validators]]\nname = \"dev\"\nkey = \"ed25519:0xd7d1b535fa56c699facb92dcb61ec6cdc2777bfa3e825144ce35c32d0c6017ce\"\npower = 1\n";
    check(validator, "", is!(Shape), &["missing field `validators`"]);
    let time = "time_ms = 1_767_225_600_000";
    let without =
        DEV_TOML
            .replacen(validator, "", 1)
            .replacen(time, &format!("{time}\nvalidators = []"), 1);
    let error = ChainSpec::from_toml(&without).expect_err("no validators");
    assert!(
        matches!(&error, SpecError::Empty { key } if key == "genesis.validators"),
        "{error}"
    );
}

#[test]
fn no_native_contracts() {
    check(
        "[vm.native]",
        "[vm.ink]",
        is!(NoNativeAbi),
        &["`vm.native`"],
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is cut out of the file or put into it, the answer is a spec or an error.
    #[test]
    fn damaged_files_are_answered(start in 0..9_000_usize, cut in 0..40_usize, put in ".{0,12}") {
        let mut chars: Vec<char> = DEV_TOML.chars().collect();
        let start = start.min(chars.len());
        let end = (start + cut).min(chars.len());
        chars.splice(start..end, put.chars());
        let text: String = chars.into_iter().collect();
        if let Err(error) = ChainSpec::from_toml(&text) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
