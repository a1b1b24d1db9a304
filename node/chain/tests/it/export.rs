//! Blocks as a file: read in again, cut off, changed, of another chain.

use argosy_chain::{BlocksFileError, Chain, ImportReport, export_blocks, import_blocks};

use crate::world::{block, open, spec, transfer};

fn filled(blocks: u64) -> Chain {
    let mut chain = open(&spec());
    for nonce in 0..blocks {
        let sent = transfer(&chain, 1, nonce, 2, 5);
        block(&mut chain, vec![sent]);
    }
    chain
}

fn exported(chain: &Chain, from: u64) -> Vec<u8> {
    let mut file = Vec::new();
    let heights = from..=chain.head().header.height;
    export_blocks(&chain.view(), heights, &mut file, |_| ()).unwrap();
    file
}

fn import(file: &[u8], chain: &mut Chain) -> Result<ImportReport, BlocksFileError> {
    import_blocks(&mut &*file, chain, |_| ())
}

#[test]
fn what_was_written_is_read_in_and_compared() {
    let source = filled(6);
    let file = exported(&source, 1);
    let mut target = open(&spec());
    let report = import(&file, &mut target).unwrap();
    assert_eq!(report, ImportReport { known: 0, new: 6 });
    assert_eq!(target.head(), source.head());
    // Once more, and a part of it, is no harm.
    let report = import(&file, &mut target).unwrap();
    assert_eq!(report, ImportReport { known: 6, new: 0 });
    let mut behind = filled(4);
    let report = import(&exported(&source, 3), &mut behind).unwrap();
    assert_eq!(report, ImportReport { known: 2, new: 2 });
    // From genesis, too.
    let report = import(&exported(&source, 0), &mut open(&spec())).unwrap();
    assert_eq!(report, ImportReport { known: 1, new: 6 });
}

#[test]
fn a_file_that_ends_anywhere_says_so_and_what_was_whole_stays() {
    let file = exported(&filled(3), 1);
    for length in 0..file.len() {
        let mut target = open(&spec());
        let error = import(&file[..length], &mut target).unwrap_err();
        match error {
            BlocksFileError::Foreign => assert!(length < 56, "{length}"),
            BlocksFileError::Torn { last } => {
                assert_eq!(last, target.head().header.height, "{length}")
            }
            other => panic!("{length}: {other}"),
        }
    }
}

#[test]
fn a_flipped_bit_is_found_wherever_it_is() {
    let file = exported(&filled(2), 1);
    for position in 0..file.len() {
        let mut harmed = file.clone();
        harmed[position] ^= 4;
        let mut target = open(&spec());
        let error = import(&harmed, &mut target);
        assert!(error.is_err(), "byte {position}");
    }
}

#[test]
fn other_chains_gaps_and_other_files_are_refused() {
    let mut other = spec();
    other.genesis.accounts[0].balance += 1;
    let error = import(&exported(&filled(2), 1), &mut open(&other)).unwrap_err();
    assert!(matches!(error, BlocksFileError::OtherChain { .. }));
    let error = import(&exported(&filled(4), 3), &mut open(&spec())).unwrap_err();
    assert!(matches!(error, BlocksFileError::Gap { head: 0, first: 3 }));
    let error = import(b"PNG", &mut open(&spec())).unwrap_err();
    assert!(matches!(error, BlocksFileError::Foreign));
    // Another block at a height that is there.
    let mut fork = open(&spec());
    for nonce in 0..2 {
        let sent = transfer(&fork, 2, nonce, 1, 9);
        block(&mut fork, vec![sent]);
    }
    let error = import(&exported(&filled(2), 1), &mut fork).unwrap_err();
    assert!(matches!(error, BlocksFileError::Damaged { height: 1, .. }));
}
