//! What only a development chain does: edits that are proven, moments to go back to, the whole chain
//! as a file.

use std::sync::{Arc, LazyLock};

use argosy_chain::{
    Chain, ChainError, DumpError, EDITED_BALANCE_MAX, Edit, EditFailure, EditRefusal, EventFilter,
    Location, Selector, StorageQuery, dump, load, load_notes,
};
use argosy_kv::MemoryStore;
use argosy_primitives::{Action, Address, CodeHash, StatusCode};
use argosy_proof::{StateKey, Supply, verify_state};
use argosy_spec::ChainSpec;

use crate::diary::{code, contract, next_block, see, write};
use crate::world::{InOrder, TIME_MS, address, request, spec};

/// More blocks than the contract needs to be there.
const BLOCKS: u64 = 12;

fn open(spec: &ChainSpec) -> Chain {
    Chain::open_dev(Arc::new(MemoryStore::new()), Arc::new(spec.clone())).unwrap()
}

fn filled() -> Chain {
    let mut chain = open(&spec());
    write(&mut chain, BLOCKS);
    chain
}

fn edit(chain: &mut Chain, edit: Edit) -> Result<(), EditFailure> {
    let now_ms = TIME_MS + chain.head().header.height * 1_000;
    let edited = chain.edit(now_ms, address(9), &[edit]).map(|_| ());
    check_supply(chain);
    edited
}

/// All whom these tests speak of, and some more.
static ACCOUNTS: LazyLock<Vec<Address>> = LazyLock::new(|| (0..100).map(address).collect());

/// The supply is every balance and every deposit, whatever was edited.
#[track_caller]
fn check_supply(chain: &Chain) {
    let view = chain.view();
    let mut there = view.code(&code()).unwrap().map_or(0, |it| it.deposit);
    if let Some(record) = view.contract(&contract()).unwrap() {
        there += record.deposit;
    }
    for address in ACCOUNTS.iter().chain([&contract()]) {
        let account = view.account(address).unwrap().unwrap_or_default();
        there += account.balance + account.deposit;
    }
    assert_eq!(view.supply().unwrap(), there);
}

#[track_caller]
fn check_refused(chain: &mut Chain, what: Edit, expected: impl Fn(&EditRefusal) -> bool) {
    let before = chain.head().clone();
    match edit(chain, what.clone()) {
        Err(EditFailure::Refused(reason)) => assert!(expected(&reason), "{what:?}: {reason:?}"),
        other => panic!("{what:?}: {other:?}"),
    }
    assert_eq!(*chain.head(), before, "{what:?}");
}

/// What is read now is proven by the head, and is this.
#[track_caller]
fn check_proven(chain: &Chain, owner: &Address, key: StateKey<'_>, is_there: bool) {
    let proven = chain.view().prove_state(owner, key).unwrap();
    assert_eq!(proven.value.is_some(), is_there);
    let root = chain.head().header.state_root;
    let value = proven.value.as_deref();
    assert_eq!(
        verify_state(&root, owner, key, value, &proven.proof),
        Ok(())
    );
}

#[test]
fn what_was_edited_is_proven_by_the_header_of_its_block() {
    let mut chain = filled();
    let height = chain.head().header.height;
    let (rich, balance) = (address(77), EDITED_BALANCE_MAX);
    edit(
        &mut chain,
        Edit::Balance {
            address: rich,
            balance,
        },
    )
    .unwrap();
    assert_eq!(chain.head().header.height, height + 1);
    check_proven(&chain, &rich, StateKey::Account, true);
    let account = chain.view().account(&rich).unwrap().unwrap();
    assert_eq!((account.balance, account.nonce), (balance, 0));

    edit(
        &mut chain,
        Edit::Nonce {
            address: rich,
            nonce: 7,
        },
    )
    .unwrap();
    assert_eq!(chain.view().account(&rich).unwrap().unwrap().nonce, 7);
    let fund = Edit::Fund {
        address: address(78),
        amount: 5,
    };
    edit(&mut chain, fund).unwrap();
    check_proven(&chain, &address(78), StateKey::Account, true);

    let before = chain.view().contract(&contract()).unwrap().unwrap();
    let storage = |value: Option<&[u8]>| Edit::Storage {
        contract: contract(),
        key: b"mine".to_vec(),
        value: value.map(<[u8]>::to_vec),
    };
    edit(&mut chain, storage(Some(b"12345"))).unwrap();
    check_proven(&chain, &contract(), StateKey::Storage(b"mine"), true);
    let record = chain.view().contract(&contract()).unwrap().unwrap();
    assert_eq!(record.storage_items, before.storage_items + 1);
    assert_eq!(record.storage_bytes, before.storage_bytes + 9);
    edit(&mut chain, storage(None)).unwrap();
    check_proven(&chain, &contract(), StateKey::Storage(b"mine"), false);
    let record = chain.view().contract(&contract()).unwrap().unwrap();
    assert_eq!(record, before, "as if it had never been");
    check_proven(
        &chain,
        &Address::SYSTEM,
        StateKey::System(&Supply::KEY),
        true,
    );
    // The chain goes on from there as from any other block.
    next_block(&mut chain);
    check_supply(&chain);
}

/// What is locked for somebody who cannot pay comes out of nothing, and what is freed is had.
#[test]
fn the_supply_tells_what_edits_make_and_destroy() {
    let mut chain = filled();
    check_supply(&chain);
    let act = |sender, to, amount| Edit::Act {
        sender,
        actions: vec![Action::Transfer { to, amount }],
        gas_limit: 1_000_000,
        deposit_max: u128::MAX,
    };
    let supply = |chain: &Chain| chain.view().supply().unwrap();
    let before = supply(&chain);
    let deposit = spec().fees.account_deposit;
    // Nobody locked anything: who has all else pays the receiver's deposit.
    edit(&mut chain, act(address(2), address(90), 1)).unwrap();
    assert_eq!(supply(&chain), before);
    // Who has only what it gives away does not.
    let poor = Edit::Balance {
        address: address(91),
        balance: 1,
    };
    edit(&mut chain, poor).unwrap();
    edit(&mut chain, act(address(91), address(92), 1)).unwrap();
    assert_eq!(supply(&chain), before + 1 + deposit);
    let gone = Edit::Balance {
        address: address(90),
        balance: 0,
    };
    edit(&mut chain, gone).unwrap();
    assert_eq!(supply(&chain), before + deposit);
}

#[test]
fn what_a_contract_keeps_comes_in_pages_by_its_keys() {
    let mut chain = filled();
    let set = |key: &[u8], value: &[u8]| Edit::Storage {
        contract: contract(),
        key: key.to_vec(),
        value: Some(value.to_vec()),
    };
    let keys: [&[u8]; 5] = [b"page", b"page/1", b"page/2", b"page/\xff", b"page0"];
    for key in keys {
        edit(&mut chain, set(key, &[7; 100])).unwrap();
    }
    let view = chain.view();
    let (here, nobody) = (contract(), address(99));
    let query = StorageQuery {
        contract: &here,
        prefix: b"page/",
        after: None,
        entries_max: 2,
        bytes_max: 1_000,
    };
    let read = |query: &StorageQuery<'_>| {
        let page = view.storage_page(query).unwrap();
        let keys = page.entries.into_iter().map(|(key, _)| key);
        (keys.collect::<Vec<_>>(), page.next)
    };
    let first = (
        vec![b"page/1".to_vec(), b"page/2".to_vec()],
        Some(b"page/2".to_vec()),
    );
    assert_eq!(read(&query), first);
    let second = StorageQuery {
        after: first.1.as_deref(),
        ..query
    };
    assert_eq!(read(&second), (vec![b"page/\xff".to_vec()], None));
    // A cursor before the prefix is its beginning, one behind it its end.
    let before = StorageQuery {
        after: Some(b"a"),
        ..query
    };
    assert_eq!(read(&before), first);
    let behind = StorageQuery {
        after: Some(b"q"),
        ..query
    };
    assert_eq!(read(&behind), (Vec::new(), None));
    // One is on a page however large it is, a second only if there is room.
    let small = StorageQuery {
        bytes_max: 10,
        ..query
    };
    let page = read(&small);
    assert_eq!(page, (vec![b"page/1".to_vec()], Some(b"page/1".to_vec())));
    let of_nobody = StorageQuery {
        contract: &nobody,
        prefix: b"",
        ..query
    };
    assert_eq!(read(&of_nobody), (Vec::new(), None));
    // All of it, page by page, is what each key holds.
    let (mut after, mut all) = (None, Vec::new());
    loop {
        let page = view
            .storage_page(&StorageQuery {
                prefix: b"",
                after: after.as_deref(),
                ..query
            })
            .unwrap();
        all.extend(page.entries);
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let record = view.contract(&here).unwrap().unwrap();
    assert_eq!(all.len() as u64, u64::from(record.storage_items));
    assert!(all.is_sorted_by(|before, it| before.0 < it.0));
    for (key, value) in all {
        assert_eq!(view.storage(&here, &key).unwrap(), Some(value));
    }
    // The moment before is still what it was.
    let earlier = view.at(Selector::Height(BLOCKS)).unwrap().unwrap();
    assert!(earlier.storage_page(&query).unwrap().entries.is_empty());
}

#[test]
fn a_contract_runs_the_code_that_was_set() {
    let mut chain = filled();
    let other =
        r#"(module (memory (export "memory") 1) (func (export "init")) (func (export "call")))"#;
    let other = wat::parse_str(other).unwrap();
    let set = Edit::Code {
        contract: contract(),
        code: other.clone(),
    };
    edit(&mut chain, set).unwrap();
    let (old, new) = (code(), CodeHash::of(&other));
    let record = chain.view().contract(&contract()).unwrap().unwrap();
    assert_eq!(record.code, new);
    let users = |hash: &CodeHash| chain.view().code(hash).unwrap().unwrap().users;
    assert_eq!((users(&old), users(&new)), (0, 1));
    let before = chain.view().storage(&contract(), b"last").unwrap();
    // Two, since every seventh calls nothing.
    next_block(&mut chain);
    next_block(&mut chain);
    let after = chain.view().storage(&contract(), b"last").unwrap();
    assert_eq!(before, after, "the new code writes nothing down");
}

#[test]
fn anybody_can_be_acted_for_and_the_receipt_is_the_blocks_own() {
    let mut chain = filled();
    let giver = address(2);
    let before = chain.view().account(&giver).unwrap().unwrap();
    let act = |amount| Edit::Act {
        sender: giver,
        actions: vec![Action::Transfer {
            to: address(3),
            amount,
        }],
        gas_limit: 1_000_000,
        deposit_max: 0,
    };
    edit(&mut chain, act(11)).unwrap();
    let after = chain.view().account(&giver).unwrap().unwrap();
    assert_eq!(after.balance, before.balance - 11, "no fee");
    assert_eq!(after.nonce, before.nonce, "no transaction");
    let height = chain.head().header.height;
    let receipts = chain.view().receipts(height).unwrap();
    assert_eq!(receipts.len(), 1);
    assert_eq!(receipts[0].status, StatusCode::Success);
    let at = Location { height, index: 0 };
    assert!(chain.view().prove_receipt(at).unwrap().is_some());
    let filter = EventFilter {
        from: Some(height),
        ..EventFilter::default()
    };
    let page = chain.view().events(&filter, 100).unwrap();
    assert_eq!(page.events.len(), receipts[0].events.len());
    assert!(page.events.iter().all(|it| it.transaction.is_none()));

    // What fails is a block, too, and changes nothing else.
    edit(&mut chain, act(u128::MAX)).unwrap();
    let receipts = chain.view().receipts(height + 1).unwrap();
    assert_eq!(receipts[0].status, StatusCode::InsufficientBalance);
    assert_eq!(chain.view().account(&giver).unwrap().unwrap(), after);
}

#[test]
fn what_no_block_could_hold_is_refused() {
    let mut chain = filled();
    let (here, nobody) = (contract(), address(55));
    let balance = EDITED_BALANCE_MAX + 1;
    let too_rich = Edit::Balance {
        address: nobody,
        balance,
    };
    check_refused(&mut chain, too_rich, |it| {
        matches!(it, EditRefusal::Balance { .. })
    });
    let low = Edit::Nonce {
        address: address(2),
        nonce: 0,
    };
    check_refused(&mut chain, low, |it| {
        matches!(it, EditRefusal::NonceUsed { .. })
    });
    let storage = |contract, key: usize, value: usize| Edit::Storage {
        contract,
        key: vec![1; key],
        value: Some(vec![2; value]),
    };
    check_refused(&mut chain, storage(nobody, 1, 1), |it| {
        *it == EditRefusal::NoContract
    });
    for (key, value, what) in [(257, 1, "key"), (1, 65_537, "value")] {
        check_refused(
            &mut chain,
            storage(here, key, value),
            |it| matches!(it, EditRefusal::TooLarge { what: found, .. } if *found == what),
        );
    }
    let code = |contract| Edit::Code {
        contract,
        code: b"no module".to_vec(),
    };
    check_refused(&mut chain, code(here), |it| {
        matches!(it, EditRefusal::Code(_))
    });
    check_refused(&mut chain, code(nobody), |it| {
        *it == EditRefusal::NoContract
    });
    let act = |actions, gas_limit| Edit::Act {
        sender: nobody,
        actions,
        gas_limit,
        deposit_max: 0,
    };
    check_refused(&mut chain, act(Vec::new(), 1), |it| {
        matches!(it, EditRefusal::Actions(_))
    });
    let transfer = Action::Transfer {
        to: nobody,
        amount: 0,
    };
    check_refused(&mut chain, act(vec![transfer], u64::MAX), |it| {
        matches!(it, EditRefusal::Actions(_))
    });
}

#[test]
fn a_moment_brings_everything_back_and_can_be_gone_to_again() {
    let mut chain = filled();
    let then = see(&chain.view(), 30);
    let moment = chain.moment().unwrap();
    assert_eq!(moment.height(), BLOCKS);
    for _ in 0..2 {
        let at_12 = chain.head().hash;
        next_block(&mut chain);
        edit(
            &mut chain,
            Edit::Fund {
                address: address(1),
                amount: 9,
            },
        )
        .unwrap();
        let view = chain.view();
        assert_ne!(see(&view, 30), then);
        chain.restore(&moment).unwrap();
        assert_eq!(see(&chain.view(), 30), then);
        assert_eq!(chain.head().hash, at_12);
        assert_eq!(chain.view().header(BLOCKS + 1).unwrap(), None);
        assert_eq!(
            view.head().header.height,
            BLOCKS + 2,
            "a view shows what it showed"
        );
    }
    // The same blocks again have the same hashes.
    next_block(&mut chain);
    let hash = chain.head().hash;
    chain.restore(&moment).unwrap();
    next_block(&mut chain);
    assert_eq!(chain.head().hash, hash);
}

/// Whoever executes the block of an edit comes to other roots: there are no transactions that would do it.
#[test]
fn no_other_node_takes_a_block_with_an_edit() {
    let plain = crate::world::open(&spec());
    let verified = |edits: &[Edit]| {
        let mut chain = open(&spec());
        chain.edit(TIME_MS, address(9), edits).unwrap();
        let block = chain.view().block(1).unwrap().unwrap();
        plain.verify(block).map(drop)
    };
    verified(&[]).unwrap();
    let edits = [
        Edit::Fund {
            address: address(1),
            amount: 1,
        },
        Edit::Balance {
            address: address(8),
            balance: 7,
        },
        Edit::Nonce {
            address: address(1),
            nonce: 5,
        },
        Edit::Act {
            sender: address(2),
            actions: vec![Action::Transfer {
                to: address(3),
                amount: 1,
            }],
            gas_limit: 1_000_000,
            deposit_max: 0,
        },
    ];
    for edit in edits {
        let refused = verified(std::slice::from_ref(&edit)).err();
        assert!(
            matches!(refused, Some(ChainError::Invalid(_))),
            "{edit:?}: {refused:?}"
        );
    }
}

#[test]
fn no_other_chain_does_any_of_it() {
    let mut plain = crate::world::open(&spec());
    let moment = filled().moment().unwrap();
    let fund = Edit::Fund {
        address: address(1),
        amount: 1,
    };
    assert!(matches!(
        edit(&mut plain, fund),
        Err(EditFailure::Chain(ChainError::NotDev))
    ));
    assert!(matches!(plain.moment(), Err(ChainError::NotDev)));
    assert!(matches!(plain.restore(&moment), Err(ChainError::NotDev)));
    assert!(!plain.is_dev());
    let mut agreed = spec();
    agreed.protocol.agreement = argosy_spec::Agreement::Bft;
    let opened = Chain::open_dev(Arc::new(MemoryStore::new()), Arc::new(agreed));
    assert!(matches!(opened.err(), Some(ChainError::NotDev)));
    // A moment of a chain with another spec is refused before anything changes.
    let mut other = spec();
    other.genesis.accounts[0].balance += 1;
    let mut other = open(&other);
    let before = other.head().clone();
    assert!(matches!(
        other.restore(&moment),
        Err(ChainError::WrongChain { .. })
    ));
    assert_eq!(*other.head(), before);
    let built = other
        .build(request(&other), &mut InOrder(Vec::new()))
        .unwrap();
    other.commit(built.candidate).unwrap();
}

#[test]
fn a_chain_survives_its_file_bit_by_bit() {
    let mut chain = filled();
    let mut file = Vec::new();
    let report = dump(&chain.view(), "notes", &mut file).unwrap();
    assert_eq!(report.size_bytes, file.len() as u64);
    assert_eq!((report.height, report.hash), (BLOCKS, chain.head().hash));
    assert_eq!(load_notes(&mut file.as_slice()).unwrap(), "notes");
    let spec = Arc::new(spec());
    let loaded = load(&spec, &mut file.as_slice()).unwrap();
    assert_eq!(loaded.records, report.records);
    let mut there = open(&spec);
    there.restore(&loaded.moment).unwrap();
    assert_eq!(see(&there.view(), 30), see(&chain.view(), 30));
    let mut again = Vec::new();
    dump(&there.view(), "notes", &mut again).unwrap();
    assert_eq!(again, file);
    next_block(&mut chain);
    next_block(&mut there);
    assert_eq!(there.head(), chain.head());
}

#[test]
fn a_file_that_is_cut_off_or_changed_is_refused() {
    let chain = filled();
    let mut file = Vec::new();
    dump(&chain.view(), "", &mut file).unwrap();
    let spec = Arc::new(spec());
    let read = |bytes: &[u8]| load(&spec, &mut &bytes[..]).err();
    for end in [0, 1, 14, 15, 40, 100, file.len() / 2, file.len() - 1] {
        let error = read(&file[..end]);
        assert!(
            matches!(error, Some(DumpError::Torn | DumpError::Foreign)),
            "{end}: {error:?}"
        );
    }
    for place in (0..file.len()).step_by(file.len() / 97) {
        let mut changed = file.clone();
        changed[place] ^= 1;
        assert!(read(&changed).is_some(), "{place}");
    }
    let longer = [file.as_slice(), &[0]].concat();
    assert!(matches!(read(&longer), Some(DumpError::Damaged { .. })));
    assert!(matches!(
        read(b"something else, long enough"),
        Some(DumpError::Foreign)
    ));
    let mut other = ChainSpec::clone(&spec);
    other.genesis.accounts[0].balance += 1;
    let error = load(&Arc::new(other), &mut file.as_slice()).err();
    assert!(
        matches!(error, Some(DumpError::OtherChain { .. })),
        "{error:?}"
    );
    let long = "x".repeat(5_000);
    assert!(dump(&chain.view(), &long, &mut Vec::new()).is_err());
}
