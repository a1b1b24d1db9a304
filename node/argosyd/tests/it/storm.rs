//! Clients that do their worst, beside blocks: short runs of what `./x bench rpc` does for longer.

use std::time::Duration;

use argosy_primitives::{Address, CodeHash};
use argosy_sdk::api::{BlockSelector, RpcError};
use argosy_sdk::{Action, Client, SdkError, Transaction, TxOptions, require_success};
use argosy_testnet::StormOptions;
use argosy_testnet::bench::rpc::storm::{self, Storm};
use argosy_vm_abi::selector_of;
use futures::future::join_all;
use parity_scale_codec::Encode;
use tempfile::tempdir;

use crate::world::{Daemon, account, transfer};

/// What clients may take of a node's memory.
const GROWN_MIB_MAX: u64 = 256;
/// Contracts that never end, at once.
const ENDLESS: usize = 64;
const PROBE: &[u8] = include_bytes!("../../../../contracts/artifacts/probe.wasm");

/// All nodes make blocks, and whoever behaves is answered: anything else is an error of the run.
fn check(storms: &[Storm], seconds: u64) {
    let reports = storm::run(&StormOptions {
        daemon: env!("CARGO_BIN_EXE_argosyd").into(),
        target_time: "100ms".into(),
        storms: storms.to_vec(),
        quiet: Duration::from_secs(1),
        each: Duration::from_secs(seconds),
        connections: 64,
        cpu_percent: 25,
    });
    let reports = reports.unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(reports.len(), storms.len());
    for report in reports {
        let stormy = &report.stormy;
        assert!(report.sent.answers > 0, "{:?}", report.sent);
        assert!(
            !stormy.calls.is_empty() && !stormy.livez.is_empty(),
            "{stormy:?}"
        );
        let grown = stormy.grown_mib();
        assert!(grown <= GROWN_MIB_MAX, "+{grown} MiB by {:?}", report.sent);
    }
}

#[test]
fn a_flooded_validator_goes_on_and_answers() {
    check(&[Storm::Flood], 5);
}

#[test]
#[ignore = "60 s; ./x test --full"]
fn a_validator_goes_on_under_floods_and_endless_simulations() {
    check(&[Storm::Flood, Storm::Simulations], 20);
}

#[tokio::test]
async fn endless_simulations_are_told_so_and_blocks_go_on() {
    let folder = tempdir().unwrap();
    let daemon = Daemon::start(folder.path(), &["--dev=100ms"]);
    let client = daemon.client().await;
    let endless = endless(&client).await;
    let before = resident_mib(daemon.pid());

    let trials = (0..ENDLESS).map(|_| client.simulate(&endless, BlockSelector::Latest));
    let paid = async {
        let paid = client.submit_and_wait(&transfer(&client, 1)).await;
        require_success(paid.unwrap()).unwrap()
    };
    let (answers, paid) = tokio::join!(join_all(trials), paid);

    let mut out_of_gas = 0;
    for answer in answers {
        match answer {
            Err(SdkError::Rpc { error }) => match *error {
                RpcError::OutOfGas { used, limit, .. } => {
                    assert!(used.0 <= limit.0 && limit.0 <= endless.gas_limit);
                    out_of_gas += 1;
                }
                RpcError::Overloaded { .. } => {}
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }
    assert!(out_of_gas > 0, "all were refused");
    let grown = resident_mib(daemon.pid()).saturating_sub(before);
    assert!(grown <= GROWN_MIB_MAX, "+{grown} MiB");
    assert_eq!(daemon.ops("/livez").0, 200);
    // The block is still there, and a call is answered.
    assert_eq!(client.receipt(paid.tx_id.0).await.unwrap(), paid);
    daemon.stop();
}

/// A transaction of bob's that loops until its gas is used up.
async fn endless(client: &Client) -> Transaction {
    let (alice, bob) = (account("alice"), account("bob"));
    let store = Action::StoreCode {
        code: PROBE.to_vec(),
    };
    let create = Action::Instantiate {
        code: CodeHash::of(PROBE),
        salt: [0; 32],
        admin: None,
        funds: 0,
        message: (selector_of("init"), "endless").encode(),
    };
    let actions = vec![store, create];
    let created = client.send(&alice, actions, &TxOptions::default()).await;
    let created = require_success(created.unwrap()).unwrap();
    let contract = created.receipt.data.0.first_chunk::<32>().unwrap();
    Transaction {
        chain: client.chain(),
        signer: bob.public(),
        nonce: 0,
        valid_until: 1_000,
        gas_limit: client.info().limits.tx_gas_max.0,
        max_gas_price: 1_000_000,
        tip: 0,
        deposit_max: 0,
        actions: vec![Action::Call {
            contract: Address::from_bytes(*contract),
            funds: 0,
            message: selector_of("spin").encode(),
            abi_hash: None,
        }],
    }
}

/// Memory that is in use now, in MiB.
fn resident_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let kib = line.unwrap().split_whitespace().next().unwrap();
    kib.parse::<u64>().unwrap() / 1024
}
