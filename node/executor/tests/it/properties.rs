//! Whatever is run: nothing is created from nothing, failures leave only their fee, and every run of
//! the same blocks gives the same roots.

use std::collections::BTreeMap;

use argosy_kv::{Column, Direction, KeyRange, Store};
use argosy_primitives::{
    Action, Address, Balance, CodeHash, Receipt, StateRoot, StatusCode, Transaction,
    VerifiedTransaction,
};
use argosy_state::{CodeRecord, ContractRecord};
use argosy_vm_abi::Capabilities;
use argosy_vm_engine::Engine;
use proptest::prelude::*;

use crate::kit::{ALICE, BOB, CAROL, FUNDS, Kit, NOBODY, TIP, address, proposer, sign, transfer};
use crate::puppet::{Steps, puppet, puppet_with};

/// The root after a block in which `who` paid `fee` and nothing else happened; valid while every
/// code that was used is hot in this window already.
pub(crate) fn fee_only_root(kit: &Kit, who: u8, fee: Balance) -> StateRoot {
    let mut state = kit.state();
    let mut change = |address: &Address, by: &dyn Fn(&mut argosy_state::Account)| {
        let mut account = state.account(address).unwrap().unwrap();
        by(&mut account);
        state.set_account(address, &account);
    };
    change(&address(who), &|account| {
        account.balance -= fee;
        account.nonce += 1;
    });
    let tip = fee / Balance::from(kit.base_price + TIP) * Balance::from(TIP);
    change(&proposer(), &|account| account.balance += tip);
    let supply = state.supply().unwrap();
    state.set_supply(supply - (fee - tip));
    state.root().unwrap()
}

const SENDERS: [u8; 3] = [ALICE, BOB, CAROL];
const CONTRACTS: u8 = 3;

/// A step of the puppet, its contracts and codes by number.
#[derive(Clone, Debug)]
enum Op {
    Set(u8, usize),
    Remove(u8),
    Transfer(usize, Balance),
    Call(usize, Balance, u32, Vec<Op>),
    Create(usize, u8, Balance, Vec<Op>),
    Upgrade(usize, Vec<Op>),
    Emit(usize),
    Grow,
    Revert,
    Trap,
}

/// What a transaction does.
#[derive(Clone, Debug)]
enum Deed {
    Transfer(usize, Balance),
    Call(usize, Balance, Vec<Op>),
    Instantiate(usize, u8, Balance, Vec<Op>),
    Upgrade(usize, usize, Vec<Op>),
    SetAdmin(usize, Option<usize>),
    RemoveCode(usize),
    StoreCode(u8),
}

#[derive(Clone, Debug)]
struct Tx {
    sender: usize,
    deeds: Vec<Deed>,
    gas_limit: u64,
    deposit_max: Balance,
}

fn op() -> impl Strategy<Value = Op> {
    let amount = prop_oneof![4 => 0u128..1_000, 1 => Just(FUNDS)];
    let leaf = prop_oneof![
        4 => (0u8..4, 0usize..200).prop_map(|(key, len)| Op::Set(key, len)),
        2 => (0u8..4).prop_map(Op::Remove),
        2 => (0usize..8, amount.clone()).prop_map(|(to, amount)| Op::Transfer(to, amount)),
        1 => (0usize..60).prop_map(Op::Emit),
        1 => Just(Op::Grow),
        1 => Just(Op::Revert),
        1 => Just(Op::Trap),
    ];
    leaf.prop_recursive(3, 20, 4, move |inner| {
        let ops = prop::collection::vec(inner, 0..4);
        prop_oneof![
            4 => (0usize..4, amount.clone(), 0u32..4, ops.clone())
                .prop_map(|(to, funds, flags, ops)| Op::Call(to, funds, flags, ops)),
            1 => (0usize..3, 0u8..4, amount.clone(), ops.clone())
                .prop_map(|(code, salt, funds, ops)| Op::Create(code, salt, funds, ops)),
            1 => (0usize..3, ops).prop_map(|(code, ops)| Op::Upgrade(code, ops)),
        ]
    })
}

fn deed() -> impl Strategy<Value = Deed> {
    let amount = prop_oneof![4 => 0u128..1_000, 1 => Just(FUNDS)];
    let ops = || prop::collection::vec(op(), 0..5);
    prop_oneof![
        2 => (0usize..8, amount.clone()).prop_map(|(to, amount)| Deed::Transfer(to, amount)),
        6 => (0usize..4, amount.clone(), ops()).prop_map(|(to, funds, ops)| Deed::Call(to, funds, ops)),
        2 => (0usize..3, 0u8..6, amount, ops())
            .prop_map(|(code, salt, funds, ops)| Deed::Instantiate(code, salt, funds, ops)),
        1 => (0usize..4, 0usize..3, ops()).prop_map(|(to, code, ops)| Deed::Upgrade(to, code, ops)),
        1 => (0usize..4, prop::option::of(0usize..8)).prop_map(|(to, admin)| Deed::SetAdmin(to, admin)),
        1 => (0usize..3).prop_map(Deed::RemoveCode),
        1 => (0u8..3).prop_map(Deed::StoreCode),
    ]
}

fn tx() -> impl Strategy<Value = Tx> {
    let gas = prop_oneof![3 => Just(20_000_000u64), 1 => 200_000u64..3_000_000];
    let deposit = prop_oneof![3 => Just(100_000_000_000_000u128), 1 => 0u128..20_000_000_000];
    let deeds = prop::collection::vec(deed(), 1..4);
    (0usize..3, deeds, gas, deposit).prop_map(|(sender, deeds, gas_limit, deposit_max)| Tx {
        sender,
        deeds,
        gas_limit,
        deposit_max,
    })
}

/// The chain under test and what its numbers stand for.
struct World {
    kit: Kit,
    codes: Vec<CodeHash>,
    /// Contracts, then one that does not exist.
    contracts: Vec<Address>,
}

fn modules() -> [Vec<u8>; 3] {
    [
        puppet(),
        puppet_with(Capabilities::ALL, "second"),
        puppet_with(Capabilities::CALL, "third"),
    ]
}

impl World {
    fn new() -> World {
        let mut kit = Kit::new();
        let codes: Vec<_> = modules().map(|code| kit.store_code(ALICE, code)).into();
        // Every code is used once, so that the hot set stays as it is from here on.
        let contracts = (0..CONTRACTS).zip(&codes);
        let mut contracts: Vec<_> = contracts
            .map(|(salt, code)| kit.instantiate(ALICE, *code, 100 + salt, 10_000))
            .collect();
        contracts.push(address(NOBODY));
        World {
            kit,
            codes,
            contracts,
        }
    }

    fn steps(&self, ops: &[Op]) -> Steps {
        ops.iter().fold(Steps::new(), |steps, op| match op {
            Op::Set(key, len) => steps.set(&[*key], &vec![1; *len]),
            Op::Remove(key) => steps.remove(&[*key]),
            Op::Transfer(to, amount) => steps.transfer(&self.anyone(*to), *amount),
            Op::Call(to, funds, flags, ops) => {
                steps.call_with(&self.contracts[*to], *funds, 0, *flags, self.steps(ops))
            }
            Op::Create(code, salt, funds, ops) => {
                steps.create(&self.codes[*code], *salt, *funds, self.steps(ops))
            }
            Op::Upgrade(code, ops) => steps.upgrade(&self.codes[*code], self.steps(ops)),
            Op::Emit(len) => steps.emit(&[[1; 32]], &vec![0; *len]),
            Op::Grow => steps.grow(1),
            Op::Revert => steps.revert(),
            Op::Trap => steps.trap(),
        })
    }

    fn anyone(&self, number: usize) -> Address {
        match number {
            0..4 => self.contracts[number],
            4..7 => address(SENDERS[number - 4]),
            _ => Address::from_bytes([9; 32]),
        }
    }

    fn action(&self, deed: &Deed) -> Action {
        match deed {
            Deed::Transfer(to, amount) => transfer(&self.anyone(*to), *amount),
            Deed::Call(to, funds, ops) => Action::Call {
                contract: self.contracts[*to],
                funds: *funds,
                message: self.steps(ops).bytes(),
                abi_hash: None,
            },
            Deed::Instantiate(code, salt, funds, ops) => Action::Instantiate {
                code: self.codes[*code],
                salt: [*salt; 32],
                admin: None,
                funds: *funds,
                message: self.steps(ops).bytes(),
            },
            Deed::Upgrade(to, code, ops) => Action::Upgrade {
                contract: self.contracts[*to],
                code: self.codes[*code],
                message: self.steps(ops).bytes(),
            },
            Deed::SetAdmin(to, admin) => Action::SetAdmin {
                contract: self.contracts[*to],
                admin: admin.map(|admin| self.anyone(admin)),
            },
            Deed::RemoveCode(code) => Action::RemoveCode {
                code: self.codes[*code],
            },
            Deed::StoreCode(code) => Action::StoreCode {
                code: modules()[usize::from(*code)].clone(),
            },
        }
    }

    fn sign(&self, tx: &Tx) -> VerifiedTransaction {
        let who = SENDERS[tx.sender];
        let actions = tx.deeds.iter().map(|deed| self.action(deed)).collect();
        let Tx {
            gas_limit,
            deposit_max,
            ..
        } = *tx;
        sign(
            who,
            Transaction {
                gas_limit,
                deposit_max,
                ..self.kit.draft(who, actions)
            },
        )
    }

    /// Runs each transaction in a block of its own, checking what must hold after each.
    fn run(&mut self, txs: &[Tx]) -> Vec<(Receipt, StateRoot)> {
        let mut outcomes = Vec::new();
        for tx in txs {
            let verified = self.sign(tx);
            let before = self.kit.executor();
            if before.check(&verified).is_err() {
                continue;
            }
            let who = SENDERS[tx.sender];
            let deposits = self.kit.supply() - self.balances();
            let root_of_fee =
                |receipt: &Receipt, world: &World| fee_only_root(&world.kit, who, receipt.fee);
            let mut dry = self.kit.executor();
            let receipt = dry.apply(&verified).unwrap().clone();
            let root = dry.finish().unwrap().state_root;
            if receipt.status != StatusCode::Success {
                assert_eq!(root, root_of_fee(&receipt, self), "{receipt:?}");
                assert!(receipt.events.is_empty() && receipt.deposit == 0);
            }
            if receipt.status == StatusCode::OutOfGas {
                assert_eq!(receipt.gas_used, tx.gas_limit);
            }
            let outcome = self.kit.block(&[verified]);
            assert_eq!(outcome.state_root, root);
            assert_eq!(self.kit.kept_supply() + self.kit.burned, 3 * FUNDS);
            let deposits_after = self.kit.supply() - self.balances();
            assert_eq!(deposits_after as i128 - deposits as i128, receipt.deposit);
            self.check_records();
            outcomes.push((receipt, root));
        }
        outcomes
    }

    fn balances(&self) -> Balance {
        let view = self.kit.store.view();
        let accounts = view.range(Column::State, KeyRange::all(), Direction::Ascending);
        let accounts = accounts.map(Result::unwrap).filter(|(key, _)| key[32] == 0);
        accounts
            .map(|(_, value)| argosy_state::Account::from_value(&value).unwrap().balance)
            .sum()
    }

    /// Records count what there is: storage, deposits, users of codes.
    fn check_records(&self) {
        let view = self.kit.store.view();
        let fees = &self.kit.spec.fees;
        let mut stored: BTreeMap<Vec<u8>, (u64, u32)> = BTreeMap::new();
        let (mut contracts, mut codes) = (BTreeMap::new(), BTreeMap::new());
        for entry in view.range(Column::State, KeyRange::all(), Direction::Ascending) {
            let (key, value) = entry.unwrap();
            let (owner, kind, rest) = (key[..32].to_vec(), key[32], &key[33..]);
            match (kind, rest.first()) {
                (1, _) => {
                    contracts.insert(owner, ContractRecord::from_value(&value).unwrap());
                }
                (2, _) => {
                    let (bytes, items) = stored.entry(owner).or_default();
                    *bytes += (rest.len() + value.len()) as u64;
                    *items += 1;
                }
                (3, Some(0)) => {
                    codes.insert(rest[1..].to_vec(), CodeRecord::from_value(&value).unwrap());
                }
                _ => {}
            }
        }
        for (owner, record) in &contracts {
            let (bytes, items) = stored.remove(owner).unwrap_or_default();
            assert_eq!((record.storage_bytes, record.storage_items), (bytes, items));
            let price = fees.storage_deposit_per_byte * Balance::from(bytes)
                + fees.storage_deposit_per_item * Balance::from(items);
            assert_eq!(record.deposit, price);
        }
        assert!(stored.is_empty(), "only contracts store");
        for (hash, code) in codes {
            let users = contracts
                .values()
                .filter(|it| it.code.as_bytes()[..] == hash[..])
                .count();
            assert_eq!(code.users, users as u64);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn supply_records_and_failures(txs in prop::collection::vec(tx(), 1..12)) {
        let mut world = World::new();
        let first = world.run(&txs);
        // Again, on a node that has just started, with a new engine before every block.
        let mut again = World::new();
        let mut second = Vec::new();
        for tx in &txs {
            again.kit.engine = Engine::new(&again.kit.spec);
            second.extend(again.run(std::slice::from_ref(tx)));
        }
        prop_assert_eq!(&first, &second);
        // And where compiled code breaks off in every other frame, however deep.
        let mut breaking = World::new();
        breaking.kit.engine = argosy_vm_lab::failing_engine(&breaking.kit.spec);
        prop_assert_eq!(first, breaking.run(&txs));
    }
}

/// The steps do reach every part: not all of them fail.
#[test]
fn the_generator_reaches_every_outcome() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut statuses = BTreeMap::new();
    for _ in 0..12 {
        let txs = prop::collection::vec(tx(), 10..12)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        for (receipt, _) in World::new().run(&txs) {
            *statuses.entry(receipt.status).or_insert(0) += 1;
        }
    }
    for status in [
        StatusCode::Success,
        StatusCode::Reverted,
        StatusCode::Trapped,
    ] {
        assert!(statuses.contains_key(&status), "{statuses:?}");
    }
}
