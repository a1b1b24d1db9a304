//! Creating, upgrading and handing over contracts.

use argosy_executor::SystemEvent;
use argosy_primitives::{AbiHash, AbiKind, Action, Address, CodeHash, StatusCode};
use argosy_vm_abi::Capabilities;

use crate::kit::{ALICE, BOB, Kit, Returned, address, call, transfer};
use crate::puppet::{Steps, puppet, puppet_with, puppet_without};

fn instantiate(code: CodeHash, salt: u8, funds: u128, steps: Steps) -> Action {
    let (admin, message) = (Some(address(ALICE)), steps.bytes());
    Action::Instantiate {
        code,
        salt: [salt; 32],
        admin,
        funds,
        message,
    }
}

fn upgrade(contract: Address, code: CodeHash, steps: Steps) -> Vec<Action> {
    vec![Action::Upgrade {
        contract,
        code,
        message: steps.bytes(),
    }]
}

#[test]
fn a_contract_comes_to_life() {
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, puppet());
    let receipt = kit.must(BOB, instantiate(code, 9, 77, Steps::new().who()));
    let contract = Address::of_contract(AbiKind::Native, &address(BOB), &[9; 32], &code);
    let mut data = Returned::of(&receipt.data);
    assert_eq!(data.address(), contract);
    assert_eq!(
        [data.address(), data.address(), data.address()],
        [address(BOB), contract, address(BOB)]
    );
    assert_eq!(data.u128(), 77);
    let record = kit.contract(&contract);
    assert_eq!(
        (record.code, record.creator, record.admin),
        (code, address(BOB), Some(address(ALICE)))
    );
    assert_eq!((record.created_at, record.deposit), (kit.height, 0));
    let account = kit.account(&contract);
    assert_eq!(
        (account.balance, account.deposit),
        (77, kit.spec.fees.account_deposit)
    );
    let (from, to) = (address(BOB), contract);
    assert_eq!(
        receipt.events,
        [
            SystemEvent::ContractCreated {
                contract,
                code,
                creator: address(BOB),
                admin: Some(address(ALICE))
            }
            .to_event(),
            SystemEvent::Transferred {
                from,
                to,
                amount: 77
            }
            .to_event(),
        ]
    );
}

#[test]
fn funds_sent_ahead_do_not_block_creation() {
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, puppet());
    let contract = Address::of_contract(AbiKind::Native, &address(ALICE), &[1; 32], &code);
    kit.must(BOB, transfer(&contract, 500));
    let receipt = kit.must(ALICE, instantiate(code, 1, 5, Steps::new()));
    assert_eq!(receipt.deposit, 0, "the account was there");
    assert_eq!(kit.account(&contract).balance, 505);
}

#[test]
fn the_same_salt_twice() {
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, puppet());
    kit.must(ALICE, instantiate(code, 1, 0, Steps::new()));
    let receipt = kit.run(ALICE, vec![instantiate(code, 1, 0, Steps::new())]);
    assert_eq!(receipt.status, StatusCode::AlreadyExists);
    kit.must(BOB, instantiate(code, 1, 0, Steps::new()));
    assert_eq!(kit.code(&code).users, 2);
}

#[test]
fn a_failed_init_leaves_no_contract() {
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, puppet());
    let before = kit.account(&address(ALICE)).balance;
    let steps = Steps::new().set(b"k", b"v").gas_left().revert();
    let receipt = kit.run(ALICE, vec![instantiate(code, 1, 1_000, steps)]);
    assert_eq!(
        (receipt.status, receipt.data.len()),
        (StatusCode::Reverted, 8)
    );
    assert_eq!(receipt.deposit, 0);
    let contract = Address::of_contract(AbiKind::Native, &address(ALICE), &[1; 32], &code);
    assert_eq!(kit.state().contract(&contract).unwrap(), None);
    assert_eq!(kit.state().account(&contract).unwrap(), None);
    assert_eq!(kit.code(&code).users, 0);
    assert_eq!(kit.account(&address(ALICE)).balance, before - receipt.fee);
}

#[test]
fn unknown_code_and_missing_entries() {
    let mut kit = Kit::new();
    let unknown = CodeHash::of(b"nothing");
    let receipt = kit.run(ALICE, vec![instantiate(unknown, 1, 0, Steps::new())]);
    assert_eq!(receipt.status, StatusCode::CodeNotFound);
    let no_init = kit.store_code(ALICE, puppet_without("init"));
    let receipt = kit.run(ALICE, vec![instantiate(no_init, 1, 0, Steps::new())]);
    assert_eq!(receipt.status, StatusCode::EntryMissing);
    let no_call = kit.store_code(ALICE, puppet_without("call"));
    let contract = kit.instantiate(ALICE, no_call, 1, 0);
    let receipt = kit.run(ALICE, vec![call(&contract, Steps::new())]);
    assert_eq!(receipt.status, StatusCode::EntryMissing);
}

#[test]
fn an_upgrade_is_effective_with_its_migration() {
    let mut kit = Kit::new();
    let old = kit.store_code(ALICE, puppet());
    let new = kit.store_code(ALICE, puppet_with(Capabilities::NONE, "new"));
    let contract = kit.instantiate(ALICE, old, 0, 10);
    kit.must(ALICE, call(&contract, Steps::new().set(b"key", b"kept")));
    let steps = Steps::new().get(b"key").set(b"migrated", b"yes").who();
    let receipt = kit.run(ALICE, upgrade(contract, new, steps));
    assert_eq!(receipt.status, StatusCode::Success);
    let mut data = Returned::of(&receipt.data);
    assert_eq!((data.u64(), data.register()), (4, b"kept".to_vec()));
    assert_eq!(data.address(), address(ALICE));
    let from_to = SystemEvent::ContractUpgraded {
        contract,
        from: old,
        to: new,
    };
    assert_eq!(receipt.events, [from_to.to_event()]);
    assert_eq!(kit.contract(&contract).code, new);
    assert_eq!((kit.code(&old).users, kit.code(&new).users), (0, 1));
    // The new code's manifest is in force: no capability to transfer.
    let receipt = kit.run(
        ALICE,
        vec![call(&contract, Steps::new().transfer(&address(BOB), 1))],
    );
    assert_eq!(receipt.status, StatusCode::CapabilityMissing);
}

#[test]
fn a_failed_migration_undoes_the_upgrade() {
    let mut kit = Kit::new();
    let (old, contracts) = kit.puppets(1);
    let new = kit.store_code(ALICE, puppet_with(Capabilities::ALL, "new"));
    let no_upgrade = kit.store_code(ALICE, puppet_without("upgrade"));
    let record = kit.contract(&contracts[0]);
    for (code, steps, status) in [
        (
            new,
            Steps::new().set(b"x", b"y").revert(),
            StatusCode::Reverted,
        ),
        (new, Steps::new().trap(), StatusCode::Trapped),
        (no_upgrade, Steps::new(), StatusCode::EntryMissing),
        (CodeHash::ZERO, Steps::new(), StatusCode::CodeNotFound),
    ] {
        let receipt = kit.run(ALICE, upgrade(contracts[0], code, steps));
        assert_eq!(receipt.status, status);
        assert_eq!(kit.contract(&contracts[0]), record);
        assert_eq!((kit.code(&old).users, kit.code(&new).users), (1, 0));
    }
}

#[test]
fn only_the_admin_upgrades_and_hands_over() {
    let mut kit = Kit::new();
    let (code, contracts) = kit.puppets(1);
    let contract = contracts[0];
    let set_admin = |admin| vec![Action::SetAdmin { contract, admin }];
    assert_eq!(
        kit.run(BOB, upgrade(contract, code, Steps::new())).status,
        StatusCode::Unauthorized
    );
    assert_eq!(
        kit.run(BOB, set_admin(None)).status,
        StatusCode::Unauthorized
    );
    let admin = Some(address(BOB));
    let receipt = kit.run(ALICE, set_admin(admin));
    assert_eq!(
        receipt.events,
        [SystemEvent::AdminChanged { contract, admin }.to_event()]
    );
    let mine = upgrade(contract, code, Steps::new());
    assert_eq!(
        kit.run(ALICE, mine.clone()).status,
        StatusCode::Unauthorized
    );
    assert_eq!(kit.run(BOB, mine.clone()).status, StatusCode::Success);
    assert_eq!(kit.run(BOB, set_admin(None)).status, StatusCode::Success);
    assert_eq!(
        kit.run(BOB, mine).status,
        StatusCode::Unauthorized,
        "frozen"
    );
    assert_eq!(
        kit.run(BOB, set_admin(admin)).status,
        StatusCode::Unauthorized,
        "for ever"
    );
}

#[test]
fn actions_on_what_is_not_a_contract() {
    let mut kit = Kit::new();
    let (contract, code) = (address(BOB), kit.store_code(ALICE, puppet()));
    let admin = None;
    for action in [
        call(&contract, Steps::new()),
        Action::SetAdmin { contract, admin },
        Action::Upgrade {
            contract,
            code,
            message: Vec::new(),
        },
        Action::Call {
            contract,
            funds: 0,
            message: Vec::new(),
            abi_hash: Some(AbiHash::ZERO),
        },
    ] {
        assert_eq!(
            kit.run(ALICE, vec![action]).status,
            StatusCode::ContractNotFound
        );
    }
}

#[test]
fn a_call_may_commit_to_the_abi() {
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, puppet_with(Capabilities::ALL, "x"));
    let contract = kit.instantiate(ALICE, code, 0, 0);
    let with = |abi_hash| {
        vec![Action::Call {
            contract,
            funds: 0,
            message: Vec::new(),
            abi_hash: Some(abi_hash),
        }]
    };
    let shown = AbiHash::of(b"abi of puppet x");
    assert_eq!(kit.run(ALICE, with(shown)).status, StatusCode::Success);
    assert_eq!(
        kit.run(ALICE, with(AbiHash::ZERO)).status,
        StatusCode::AbiMismatch
    );
    // The commitment protects against an upgrade in between.
    let other = kit.store_code(ALICE, puppet_with(Capabilities::ALL, "y"));
    kit.run(ALICE, upgrade(contract, other, Steps::new()));
    assert_eq!(kit.run(BOB, with(shown)).status, StatusCode::AbiMismatch);
}

#[test]
fn a_contract_may_upgrade_itself() {
    let mut kit = Kit::new();
    let (old, contracts) = kit.puppets(1);
    let new = kit.store_code(ALICE, puppet_with(Capabilities::NONE, "new"));
    // The running frame goes on with the old code and its capabilities.
    let steps = Steps::new()
        .upgrade(&new, Steps::new().set(b"by", b"new").who())
        .get(b"by")
        .transfer(&address(BOB), 3);
    let receipt = kit.must(ALICE, call(&contracts[0], steps));
    let mut data = Returned::of(&receipt.data);
    assert_eq!(data.status(), StatusCode::Success);
    assert_eq!(
        Returned::of(&data.register()).address(),
        contracts[0],
        "its own caller"
    );
    assert_eq!((data.u64(), data.register()), (3, b"new".to_vec()));
    assert_eq!(data.status(), StatusCode::Success);
    assert_eq!(kit.contract(&contracts[0]).code, new);
    assert_eq!((kit.code(&old).users, kit.code(&new).users), (0, 1));
}

#[test]
fn a_failed_self_upgrade_is_a_status() {
    let mut kit = Kit::new();
    let (old, contracts) = kit.puppets(1);
    let new = kit.store_code(ALICE, puppet_with(Capabilities::ALL, "new"));
    let steps = Steps::new()
        .upgrade(&new, Steps::new().set(b"by", b"new").revert())
        .upgrade(&CodeHash::ZERO, Steps::new())
        .get(b"by");
    let receipt = kit.must(ALICE, call(&contracts[0], steps));
    let mut data = Returned::of(&receipt.data);
    assert_eq!(
        (data.status(), data.register()),
        (StatusCode::Reverted, Vec::new())
    );
    assert_eq!(
        (data.status(), data.register()),
        (StatusCode::CodeNotFound, Vec::new())
    );
    assert_eq!(data.u64(), u64::MAX, "absent");
    assert_eq!(kit.contract(&contracts[0]).code, old);
}

#[test]
fn a_frozen_contract_does_not_upgrade_itself_either() {
    let mut kit = Kit::new();
    let (old, contracts) = kit.puppets(1);
    let new = kit.store_code(ALICE, puppet_with(Capabilities::ALL, "new"));
    let contract = contracts[0];
    kit.must(
        ALICE,
        Action::SetAdmin {
            contract,
            admin: None,
        },
    );
    let receipt = kit.must(
        ALICE,
        call(&contract, Steps::new().upgrade(&new, Steps::new())),
    );
    let mut data = Returned::of(&receipt.data);
    assert_eq!(data.status(), StatusCode::Unauthorized);
    assert_eq!(kit.contract(&contract).code, old);
}
