//! Who pays for storage, and who gets it back.

use argosy_primitives::{Address, Balance, StatusCode, Transaction};
use argosy_spec::Fees;

use crate::kit::{ALICE, BOB, FUNDS, Kit, Returned, address, call};
use crate::puppet::Steps;

/// What entries of these sizes (key and value) lock.
fn price(fees: &Fees, entries: &[u64]) -> Balance {
    let bytes: u64 = entries.iter().sum();
    fees.storage_deposit_per_byte * Balance::from(bytes)
        + fees.storage_deposit_per_item * entries.len() as Balance
}

/// Runs steps and compares the receipt's deposit and what the record holds afterwards.
#[track_caller]
fn check(kit: &mut Kit, who: u8, contract: &Address, steps: Steps, entries_after: &[u64]) {
    let before = kit.contract(contract).deposit;
    let receipt = kit.must(who, call(contract, steps));
    let after = price(&kit.spec.fees, entries_after);
    let record = kit.contract(contract);
    assert_eq!(record.deposit, after);
    assert_eq!(record.storage_bytes, entries_after.iter().sum::<u64>());
    assert_eq!(record.storage_items as usize, entries_after.len());
    assert_eq!(
        receipt.deposit,
        i128::try_from(after).unwrap() - i128::try_from(before).unwrap()
    );
}

#[test]
fn bytes_and_items_are_locked_and_refunded() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(1);
    let contract = &contracts[0];
    check(
        &mut kit,
        ALICE,
        contract,
        Steps::new().set(b"abc", &[0; 100]),
        &[103],
    );
    check(
        &mut kit,
        ALICE,
        contract,
        Steps::new().set(b"abc", &[1; 100]),
        &[103],
    );
    check(
        &mut kit,
        ALICE,
        contract,
        Steps::new().set(b"abc", &[0; 10]),
        &[13],
    );
    check(
        &mut kit,
        ALICE,
        contract,
        Steps::new().set(b"de", b""),
        &[13, 2],
    );
    check(
        &mut kit,
        ALICE,
        contract,
        Steps::new().remove(b"zzz"),
        &[13, 2],
    );
    check(
        &mut kit,
        ALICE,
        contract,
        Steps::new().set(b"abc", &[0; 20]).remove(b"de"),
        &[23],
    );
    check(&mut kit, ALICE, contract, Steps::new().remove(b"abc"), &[]);
}

#[test]
fn who_frees_it_gets_it() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(1);
    let locked = price(&kit.spec.fees, &[103]);
    kit.must(
        ALICE,
        call(&contracts[0], Steps::new().set(b"abc", &[0; 100])),
    );
    let before = kit.account(&address(BOB)).balance;
    let receipt = kit.must(BOB, call(&contracts[0], Steps::new().remove(b"abc")));
    assert_eq!(before, FUNDS);
    assert_eq!(
        kit.account(&address(BOB)).balance,
        FUNDS + locked - receipt.fee
    );
    assert_eq!(receipt.deposit, -i128::try_from(locked).unwrap());
}

/// The signer pays for what contracts store that it never named.
#[test]
fn the_signer_pays_in_nested_frames() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(3);
    let inner = Steps::new().set(b"k", &[0; 50]);
    let receipt = kit.must(
        BOB,
        call(&contracts[0], Steps::through(&contracts[1..], inner)),
    );
    let locked = price(&kit.spec.fees, &[51]);
    assert_eq!(receipt.deposit, i128::try_from(locked).unwrap());
    assert_eq!(kit.contract(&contracts[2]).deposit, locked);
    assert_eq!(
        kit.account(&address(BOB)).balance,
        FUNDS - locked - receipt.fee
    );
}

#[test]
fn deposits_roll_back_with_their_frame() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(2);
    kit.must(
        ALICE,
        call(&contracts[1], Steps::new().set(b"old", &[0; 30])),
    );
    let inner = Steps::new().set(b"new", &[0; 50]).remove(b"old").revert();
    let steps = Steps::new().set(b"mine", b"!").call(&contracts[1], inner);
    let receipt = kit.must(ALICE, call(&contracts[0], steps));
    let fees = &kit.spec.fees;
    assert_eq!(receipt.deposit, i128::try_from(price(fees, &[5])).unwrap());
    assert_eq!(kit.contract(&contracts[1]).deposit, price(fees, &[33]));
}

#[test]
fn deposit_max_is_the_limit() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(2);
    let needed = price(&kit.spec.fees, &[103]);
    let run = |kit: &mut Kit, deposit_max, steps| {
        let draft = kit.draft(ALICE, vec![call(&contracts[0], steps)]);
        kit.run_draft(
            ALICE,
            Transaction {
                deposit_max,
                ..draft
            },
        )
    };
    let set = Steps::new().set(b"abc", &[0; 100]);
    let receipt = run(&mut kit, needed - 1, set.clone());
    assert_eq!(
        (receipt.status, receipt.deposit),
        (StatusCode::DepositLimit, 0)
    );
    assert_eq!(kit.contract(&contracts[0]).deposit, 0);
    // In a sub-call it ends the callee only.
    let sub = Steps::new().call(&contracts[1], set.clone());
    let receipt = run(&mut kit, needed - 1, sub);
    assert_eq!(receipt.status, StatusCode::Success);
    assert_eq!(
        Returned::of(&receipt.data).status(),
        StatusCode::DepositLimit
    );
    let receipt = run(&mut kit, needed, set);
    assert_eq!(
        (receipt.status, receipt.deposit),
        (StatusCode::Success, needed as i128)
    );
}

/// What is freed may be locked again at once: only the sum counts.
#[test]
fn refunds_raise_what_is_left() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(1);
    kit.must(
        ALICE,
        call(&contracts[0], Steps::new().set(b"abc", &[0; 100])),
    );
    let steps = Steps::new().remove(b"abc").set(b"xyz", &[0; 100]);
    let draft = kit.draft(ALICE, vec![call(&contracts[0], steps)]);
    let receipt = kit.run_draft(
        ALICE,
        Transaction {
            deposit_max: 0,
            ..draft
        },
    );
    assert_eq!((receipt.status, receipt.deposit), (StatusCode::Success, 0));
}

#[test]
fn storage_survives_prices_that_change() {
    let mut kit = Kit::new();
    let (_, contracts) = kit.puppets(1);
    let steps = Steps::new().set(b"a", &[0; 99]).set(b"b", &[0; 99]);
    kit.must(ALICE, call(&contracts[0], steps));
    let held = kit.contract(&contracts[0]).deposit;
    kit.spec.fees.storage_deposit_per_byte *= 10;
    kit.spec.fees.storage_deposit_per_item *= 10;
    let receipt = kit.must(BOB, call(&contracts[0], Steps::new().remove(b"a")));
    assert_eq!(receipt.deposit, -i128::try_from(held / 2).unwrap());
    let receipt = kit.must(BOB, call(&contracts[0], Steps::new().remove(b"b")));
    assert_eq!(receipt.deposit, -i128::try_from(held - held / 2).unwrap());
    assert_eq!(kit.contract(&contracts[0]).deposit, 0);
}
