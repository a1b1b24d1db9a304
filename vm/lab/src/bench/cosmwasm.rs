//! `./x bench cosmwasm`: what messages to contracts of Cosmos chains use and take.
//!
//! Each is measured from the same state, a fresh instance and all imports included; the host answers from memory.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use argosy_primitives::Gas;
use argosy_vm_abi::Entry;
use argosy_vm_engine::Engine;

use super::{RUNS, line};
use crate::chain::{Chain, SPEC, address};
use crate::tiers::{compiled_engine, interpreted_engine};

/// Messages in a measured batch.
const BATCH: u32 = 100;

/// Who sends which message.
type Sent = (u8, String);

/// A message to measure.
struct Case {
    /// The crate of the contract.
    contract: &'static str,
    what: &'static str,
    goal: &'static str,
    init: String,
    /// What comes before it.
    before: Vec<Sent>,
    measured: Sent,
}

/// Measures messages to the contracts in these files, which are named `NAME-VERSION.wasm`; of each as far as there
/// is a file.
///
/// # Errors
/// A file cannot be read.
///
/// # Panics
/// If a contract does not do what it is told.
pub fn cosmwasm(files: &[PathBuf]) -> io::Result<String> {
    let mut page = String::new();
    line(
        &mut page,
        "| message, instance included | gas | tier 1 us | tier 2 us | goal us |\n|---|---:|---:|---:|---|",
    );
    for case in cases() {
        let Some(file) = files.iter().find(|it| is_of(case.contract, it)) else {
            continue;
        };
        let module = std::fs::read(file)?;
        let (gas, tier_1) = measure(&case, &module, interpreted_engine());
        let (_, tier_2) = measure(&case, &module, compiled_engine());
        let Case {
            contract,
            what,
            goal,
            ..
        } = case;
        let text = format!("| {contract} {what} | {gas} | {tier_1:.1} | {tier_2:.1} | {goal} |");
        line(&mut page, &text);
    }
    Ok(page)
}

fn is_of(contract: &str, file: &Path) -> bool {
    let name = file.file_name().and_then(|it| it.to_str());
    let version = name.and_then(|it| it.strip_prefix(contract)?.strip_prefix('-'));
    version.is_some_and(|it| it.starts_with(|first: char| first.is_ascii_digit()))
}

fn cases() -> Vec<Case> {
    let text = |who: u8| address(who).to_text(SPEC.network.hrp);
    let (alice, bob, carol) = (text(0), text(2), text(9));
    let case = |contract, what, init: &str, before: &[Sent], measured: Sent| Case {
        contract,
        what,
        goal: "",
        init: init.to_owned(),
        before: before.to_vec(),
        measured,
    };

    let token = format!(
        r#"{{"name":"Bench","symbol":"BNCH","decimals":6,"initial_balances":[{{"address":"{alice}","amount":"1000000000000"}}],"mint":null,"marketing":null}}"#
    );
    let transfer = format!(r#"{{"transfer":{{"recipient":"{carol}","amount":"1"}}}}"#);

    let voters = format!(
        r#"[{{"addr":"{alice}","weight":1}},{{"addr":"{bob}","weight":1}},{{"addr":"{carol}","weight":1}}]"#
    );
    let multisig = format!(
        r#"{{"voters":{voters},"threshold":{{"absolute_count":{{"weight":2}}}},"max_voting_period":{{"height":20}}}}"#
    );
    let propose =
        r#"{"propose":{"title":"Bench","description":"Nothing","msgs":[],"latest":null}}"#;
    let propose = (0, propose.to_owned());
    let vote = (2, r#"{"vote":{"proposal_id":1,"vote":"yes"}}"#.to_owned());
    let execute = (9, r#"{"execute":{"proposal_id":1}}"#.to_owned());

    let ships = format!(
        r#"{{"name":"Ships","symbol":"SHIP","collection_info_extension":null,"minter":"{alice}","creator":null,"withdraw_address":null}}"#
    );
    let mint = format!(
        r#"{{"mint":{{"token_id":"first","owner":"{alice}","token_uri":null,"extension":null}}}}"#
    );
    let mint = (0, mint);
    let sail = format!(r#"{{"transfer_nft":{{"recipient":"{carol}","token_id":"first"}}}}"#);

    let (cw20, cw3, cw721) = ("cw20-base", "cw3-fixed-multisig", "cw721-base");
    let voted = [propose.clone(), vote.clone()];
    vec![
        Case {
            goal: "40 (tier 2)",
            ..case(cw20, "transfer", &token, &[], (0, transfer))
        },
        case(cw3, "propose", &multisig, &[], propose),
        case(cw3, "vote", &multisig, &voted[..1], vote),
        case(cw3, "execute", &multisig, &voted, execute),
        case(cw721, "mint", &ships, &[], mint.clone()),
        case(cw721, "transfer_nft", &ships, &[mint], (0, sail)),
    ]
}

/// Gas of the measured message, and its least time over some batches, in us.
fn measure(case: &Case, module: &[u8], engine: Arc<Engine>) -> (Gas, f64) {
    let mut chain = Chain::on(vec![engine]);
    chain.try_deploy(1, module).expect("accepted");
    send(&mut chain, Entry::Init, &(0, case.init.clone()));
    for sent in &case.before {
        send(&mut chain, Entry::Call, sent);
    }
    let before = chain.storage.clone();
    let (mut gas, mut least) = (0, f64::INFINITY);
    for _ in 0..RUNS {
        let mut spent = Duration::ZERO;
        for _ in 0..BATCH {
            chain.storage.clone_from(&before);
            chain.events.clear();
            let begin = Instant::now();
            gas = send(&mut chain, Entry::Call, &case.measured);
            spent += begin.elapsed();
        }
        least = least.min(spent.as_secs_f64() * 1e6 / f64::from(BATCH));
    }
    (gas, least)
}

fn send(chain: &mut Chain, entry: Entry, (who, message): &Sent) -> Gas {
    chain.sender = address(*who);
    let gas = SPEC.limits.tx_gas_max;
    let ended = chain.run(entry, message.as_bytes(), gas);
    let ended = ended.expect("no fault");
    assert!(ended.status.is_success(), "{message}: {ended:?}");
    ended.gas_used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_of_the_contract_that_it_is_named_after() {
        assert!(is_of("cw20-base", Path::new("some/cw20-base-2.0.0.wasm")));
        for other in ["cw20-base.wasm", "cw20-base-extended-2.0.0.wasm", "a/.."] {
            assert!(!is_of("cw20-base", Path::new(other)), "{other}");
        }
    }
}
