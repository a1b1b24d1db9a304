//! Views, events and proofs of a chain with a few blocks.

use argosy_chain::{Chain, ChainView, EventFilter, FoundEvent, Location, PageBounds, Selector};
use argosy_primitives::Address;
use argosy_proof::{StateKey, verify_state};

use crate::world::{address, block, open, spec, transfer};

/// Three blocks, each with a transfer of accounts 1 and 2 to account 3.
fn chain() -> Chain {
    let mut chain = open(&spec());
    for nonce in 0..3 {
        let txs = vec![
            transfer(&chain, 1, nonce, 3, 5),
            transfer(&chain, 2, nonce, 3, 6),
        ];
        block(&mut chain, txs);
    }
    chain
}

#[test]
fn a_view_does_not_change_when_the_chain_goes_on() {
    let mut chain = chain();
    let (view, before) = (chain.view(), chain.view().account(&address(1)).unwrap());
    let txs = vec![transfer(&chain, 1, 3, 2, 5)];
    block(&mut chain, txs);
    assert_eq!(view.head().header.height, 3);
    assert_eq!(view.account(&address(1)).unwrap(), before);
    assert_ne!(chain.view().account(&address(1)).unwrap(), before);
}

#[test]
fn finds_blocks_by_every_selector() {
    let view = chain().view();
    let header = view.header(2).unwrap().unwrap();
    assert_eq!(
        view.resolve(Selector::Hash(header.hash())).unwrap(),
        Some(2)
    );
    assert_eq!(view.resolve(Selector::Height(2)).unwrap(), Some(2));
    assert_eq!(view.resolve(Selector::Height(4)).unwrap(), None);
    assert_eq!(view.resolve(Selector::Latest).unwrap(), Some(3));
    assert_eq!(view.resolve(Selector::Earliest).unwrap(), Some(0));
    let block = view.block(2).unwrap().unwrap();
    assert_eq!(block.header, header);
    let id = block.body.transactions[1].id();
    assert_eq!(
        view.locate(&id).unwrap(),
        Some(Location {
            height: 2,
            index: 1
        })
    );
    assert_eq!(view.block(4).unwrap(), None);
}

#[test]
fn pages_of_events_join_without_gap_or_repetition() {
    let view = chain().view();
    let filters = [
        EventFilter::default(),
        EventFilter {
            contract: Some(Address::SYSTEM),
            ..EventFilter::default()
        },
        EventFilter {
            from: Some(2),
            ..EventFilter::default()
        },
        EventFilter {
            to: Some(2),
            contract: Some(Address::SYSTEM),
            ..EventFilter::default()
        },
    ];
    for filter in filters {
        let whole = view.events(&filter, 1_000).unwrap();
        assert!(!whole.more);
        let usual = PageBounds::new(1_000);
        let narrow = [
            PageBounds::new(2),
            PageBounds {
                data_bytes_max: 1,
                ..usual
            },
            PageBounds {
                named_max: 1,
                ..usual
            },
        ];
        for bounds in narrow {
            let pages = pages(&view, &filter, bounds);
            assert!(pages.len() > 1, "{bounds:?} bound nothing");
            let joined = pages.concat();
            assert_eq!(joined, whole.events, "{filter:?} {bounds:?}");
            assert!(joined.is_sorted_by_key(|it| it.cursor));
        }
    }
}

/// All pages of a query, read one after the other.
fn pages(view: &ChainView, filter: &EventFilter, bounds: PageBounds) -> Vec<Vec<FoundEvent>> {
    let (mut pages, mut after) = (Vec::new(), filter.after);
    loop {
        let filter = EventFilter {
            after,
            ..filter.clone()
        };
        let page = view.events_within(&filter, bounds).unwrap();
        assert!(!page.more || !page.events.is_empty(), "{bounds:?}");
        pages.push(page.events);
        if !page.more {
            return pages;
        }
        after = page.resume;
    }
}

/// Nobody's query walks the whole chain: transactions without events count, too.
#[test]
fn a_page_ends_though_nothing_was_emitted_for_long() {
    let mut chain = open(&spec());
    for nonce in 0..20 {
        // More than there is: it fails, and emits nothing.
        let failing = transfer(&chain, 1, nonce, 3, u128::MAX / 4);
        block(&mut chain, vec![failing]);
    }
    let last = transfer(&chain, 2, 0, 3, 5);
    block(&mut chain, vec![last]);
    let view = chain.view();
    let receipts = (1..=20).map(|height| view.receipt(Location { height, index: 0 }));
    assert!(receipts.flatten().flatten().all(|it| it.events.is_empty()));
    let whole = view.events(&EventFilter::default(), 10).unwrap();
    assert!(!whole.events.is_empty());
    let (mut filter, mut pages, mut found) = (EventFilter::default(), 0, Vec::new());
    loop {
        let bounds = PageBounds {
            scanned_max: 5,
            ..PageBounds::new(10)
        };
        let page = view.events_within(&filter, bounds).unwrap();
        (pages, filter.after) = (pages + 1, page.resume);
        found.extend(page.events);
        if !page.more {
            break;
        }
        assert!(page.resume.is_some());
    }
    assert_eq!(found, whole.events);
    assert!((4..=6).contains(&pages), "{pages}");
}

#[test]
fn proofs_hold_against_the_header_alone() {
    let view = chain().view();
    let header = view.head().header.clone();
    for (who, key) in [
        (address(1), StateKey::Account),
        (address(99), StateKey::Account),
        (address(1), StateKey::Contract),
    ] {
        let proven = view.prove_state(&who, key).unwrap();
        verify_state(
            &header.state_root,
            &who,
            key,
            proven.value.as_deref(),
            &proven.proof,
        )
        .unwrap();
        let lie = verify_state(&header.state_root, &who, key, Some(b"lie"), &proven.proof);
        assert!(lie.is_err());
    }
    for index in 0..2 {
        let at = Location { height: 3, index };
        let tx = view.prove_transaction(at).unwrap().unwrap();
        assert_eq!(tx.verify(&header).unwrap(), index);
        assert_eq!(view.locate(&tx.id).unwrap(), Some(at));
        let receipt = view.prove_receipt(at).unwrap().unwrap();
        assert_eq!(receipt.verify(&header).unwrap(), index);
        assert!(receipt.verify(&view.header(2).unwrap().unwrap()).is_err());
    }
    assert_eq!(
        view.prove_receipt(Location {
            height: 3,
            index: 9
        })
        .unwrap(),
        None
    );
}
