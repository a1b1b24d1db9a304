//! Poisoned snapshots: each is refused for what is wrong with it, and no store holds a chain after it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use argosy_chain::{Chain, ChainError, Retention};
use argosy_kv::{Column, Direction, KeyRange, MemoryStore, Store};
use argosy_primitives::blake3;
use argosy_snapshot::{
    CHUNK_BYTES_MAX, Chunk, Manifest, NoStore, RestoreFailed, Terms, restore, verify,
};
use tempfile::{TempDir, tempdir};

use crate::world::{
    chain, copy, key, made, next_block, restored, sources, spec, terms, write_manifest,
};

/// A good snapshot, and what it takes to restore it.
struct Good {
    folder: TempDir,
    path: std::path::PathBuf,
    manifest: Manifest,
    terms: Terms,
}

fn good() -> Good {
    let folder = tempdir().unwrap();
    let chain = chain(5);
    let made = made(&chain, folder.path());
    Good {
        path: made.path,
        manifest: made.manifest,
        terms: terms(spec(), Some(chain.head().hash)),
        folder,
    }
}

/// Nothing in the store opens as a chain, and nothing in it says that there is one.
fn holds_no_chain(store: &Arc<MemoryStore>) {
    let view = store.view();
    let mut entries = view.range(Column::Meta, KeyRange::all(), Direction::Ascending);
    assert!(entries.next().is_none());
}

/// It must be refused, for a reason that holds `says`.
#[track_caller]
fn refused(path: &Path, terms: &Terms, says: &str) {
    let (result, stores) = restored(&sources(&[path]), terms);
    let Err(RestoreFailed::Sources(refused)) = result else {
        panic!("{says}: {result:?}")
    };
    let told: Vec<String> = refused.iter().map(ToString::to_string).collect();
    assert!(told.join("; ").contains(says), "{told:?} lacks {says:?}");
    stores.iter().for_each(holds_no_chain);
    // A check says the same, without a store.
    let verified = verify(&sources(&[path]), terms, |_| ());
    assert!(matches!(verified, Err(RestoreFailed::Sources(again)) if again == refused));
}

/// Spoils a copy; it must be refused, and the good one still be taken where the bad one fails.
#[track_caller]
fn check(good: &Good, says: &str, spoil: impl FnOnce(&Path)) {
    let bad = copy(&good.path, &good.folder.path().join("bad"));
    spoil(&bad);
    refused(&bad, &good.terms, says);
    let both = sources(&[&bad, &good.path]);
    let (result, stores) = restored(&both, &good.terms);
    let result = result.unwrap();
    assert!(!result.refused.is_empty());
    let opened = Chain::open(stores.last().unwrap().clone(), Arc::new(spec()));
    assert_eq!(*opened.unwrap().head(), result.head);
    fs::remove_dir_all(bad).unwrap();
}

/// Replaces a chunk, and lets the manifest say that it is right.
fn replace(folder: &Path, index: usize, change: impl FnOnce(&mut Vec<u8>)) {
    let name = folder.join(format!("chunk-{index:06}"));
    let mut bytes = fs::read(&name).unwrap();
    change(&mut bytes);
    fs::write(name, &bytes).unwrap();
    let mut manifest = Manifest::decode(&fs::read(folder.join("manifest")).unwrap()).unwrap();
    let (states, codes) = (manifest.state.len(), manifest.code.len());
    let chunk = match index {
        it if it < states => &mut manifest.state[it].chunk,
        it if it < states + codes => &mut manifest.code[it - states],
        it => &mut manifest.blocks[it - states - codes],
    };
    chunk.bytes = u32::try_from(bytes.len()).unwrap();
    chunk.hash = blake3(&bytes);
    write_manifest(folder, &manifest);
}

#[test]
fn a_flipped_byte_anywhere_is_found() {
    let good = good();
    assert_eq!(good.manifest.chunk_count(), 3, "records, modules, blocks");
    for name in ["manifest", "chunk-000000", "chunk-000001", "chunk-000002"] {
        let size = fs::read(good.path.join(name)).unwrap().len();
        // Everywhere in small files, and at 60 places spread over large ones.
        let step = (size / 60).max(1);
        for at in (0..size).step_by(step) {
            let bad = copy(&good.path, &good.folder.path().join("bad"));
            let mut bytes = fs::read(bad.join(name)).unwrap();
            bytes[at] ^= 1 << (at % 8);
            fs::write(bad.join(name), bytes).unwrap();
            let (result, stores) = restored(&sources(&[&bad]), &good.terms);
            assert!(
                matches!(result, Err(RestoreFailed::Sources(_))),
                "{name} {at}"
            );
            stores.iter().for_each(holds_no_chain);
        }
    }
}

#[test]
fn files_that_are_cut_missing_swapped_or_too_many_are_refused() {
    let good = good();
    let chunk = |index: u32| format!("chunk-{index:06}");
    check(&good, "it has no chunk-000001", |it| {
        fs::remove_file(it.join(chunk(1))).unwrap();
    });
    check(&good, "it has no manifest", |it| {
        fs::remove_file(it.join("manifest")).unwrap();
    });
    check(&good, "chunk 3 that the manifest does not name", |it| {
        fs::write(it.join(chunk(3)), b"more").unwrap();
    });
    check(&good, "chunk 0: ", |it| {
        let (a, b) = (fs::read(it.join(chunk(0))), fs::read(it.join(chunk(2))));
        fs::write(it.join(chunk(2)), a.unwrap()).unwrap();
        fs::write(it.join(chunk(0)), b.unwrap()).unwrap();
    });
    for index in 0..3 {
        check(&good, "bytes, the manifest says", |it| {
            let bytes = fs::read(it.join(chunk(index))).unwrap();
            fs::write(it.join(chunk(index)), &bytes[..bytes.len() - 1]).unwrap();
        });
        check(&good, "larger than the", |it| {
            let mut bytes = fs::read(it.join(chunk(index))).unwrap();
            bytes.push(0);
            fs::write(it.join(chunk(index)), bytes).unwrap();
        });
    }
    check(&good, "is damaged", |it| {
        let bytes = fs::read(it.join("manifest")).unwrap();
        fs::write(it.join("manifest"), &bytes[..bytes.len() / 2]).unwrap();
    });
    check(&good, "it has no manifest", |it| {
        fs::remove_file(it.join("manifest")).unwrap();
        fs::create_dir(it.join("manifest")).unwrap();
    });
}

#[test]
fn a_flipped_byte_is_found_by_what_it_means_where_its_hash_lies_along() {
    let good = good();
    for index in 0..3 {
        let size = fs::read(good.path.join(format!("chunk-{index:06}")))
            .unwrap()
            .len();
        for at in (0..size).step_by((size / 60).max(1)) {
            let bad = copy(&good.path, &good.folder.path().join("bad"));
            replace(&bad, index, |bytes| bytes[at] ^= 1 << (at % 8));
            let (result, stores) = restored(&sources(&[&bad]), &good.terms);
            let is_refused = matches!(result, Err(RestoreFailed::Sources(_)));
            assert!(is_refused, "chunk {index} at {at}");
            stores.iter().for_each(holds_no_chain);
        }
    }
}

/// The manifest lies along with the chunk: then what is in it does not lead to the header.
#[test]
fn chunks_that_hash_right_and_hold_something_else_are_refused() {
    let good = good();
    // A value, a length that leads out of the chunk, and records that are not there.
    check(&good, "not those of the header's state", |it| {
        replace(it, 0, |bytes| *bytes.last_mut().unwrap() ^= 1);
    });
    check(&good, "malformed at byte", |it| {
        replace(it, 0, |bytes| bytes[..4].fill(0xff));
    });
    check(&good, "malformed at byte", |it| {
        replace(it, 1, |bytes| bytes[..4].fill(0xff));
    });
    check(&good, "would have 0 bytes", |it| {
        replace(it, 0, Vec::clear);
    });
    check(&good, "entries, the manifest says", |it| {
        replace(it, 1, |bytes| bytes.extend([0; 4]));
    });
    check(&good, "is in no record", |it| {
        replace(it, 1, |bytes| *bytes.last_mut().unwrap() ^= 1);
    });
    check(&good, "is there twice", |it| {
        replace(it, 1, |bytes| bytes.extend(bytes.clone()));
        let mut manifest = Manifest::decode(&fs::read(it.join("manifest")).unwrap()).unwrap();
        manifest.code[0].entries *= 2;
        write_manifest(it, &manifest);
    });
    check(&good, "1 modules are missing", |it| {
        let mut manifest = good.manifest.clone();
        manifest.code.clear();
        write_manifest(it, &manifest);
        fs::rename(it.join("chunk-000002"), it.join("chunk-000001")).unwrap();
    });
    check(&good, "a block in it is damaged", |it| {
        replace(it, 2, |bytes| {
            // The head is one byte shorter than it was.
            let length = u32::from_le_bytes(bytes[..4].try_into().unwrap()) - 1;
            bytes[..4].copy_from_slice(&length.to_le_bytes());
            bytes.remove(4 + length as usize);
        });
    });
    check(&good, "not the parent of the one before", |it| {
        // The head comes last.
        replace(it, 2, |bytes| {
            let length = u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
            bytes.rotate_left(4 + length);
        });
    });
    check(
        &good,
        "names 5 blocks, a snapshot of its height has 6",
        |it| {
            let mut manifest = good.manifest.clone();
            manifest.blocks[0].entries -= 1;
            write_manifest(it, &manifest);
        },
    );
}

#[test]
fn right_data_of_another_height_chain_or_validators_are_refused() {
    let good = good();
    let mut later = chain(5);
    next_block(&mut later);
    let other = made(&later, &good.folder.path().join("later"));
    refused(&other.path, &good.terms, "it is of block 6 with hash");
    // The header of one height with the records of another.
    check(&good, "not those of the header's state", |it| {
        let mut manifest = other.manifest.clone();
        manifest.header = good.manifest.header.clone();
        manifest.blocks = good.manifest.blocks.clone();
        copy(&other.path, it);
        write_manifest(it, &manifest);
    });
    let mut foreign = spec();
    foreign.genesis.accounts[0].balance += 1;
    let strangers = terms(foreign, good.terms.block_hash);
    refused(&good.path, &strangers, "it is of another chain");
    check(&good, "validators are not those", |it| {
        let mut manifest = good.manifest.clone();
        manifest.validators.0[0].key = key(8).public();
        write_manifest(it, &manifest);
    });
    // What is cheap is looked at first: signatures of strangers may be many.
    let mut signed = other.manifest.clone();
    signed.certificate = Some(crate::world::certificate(&signed.header, 8));
    write_manifest(&other.path, &signed);
    refused(&other.path, &good.terms, "it is of block 6 with hash");
    let nobody = terms(spec(), None);
    refused(&good.path, &nobody, "--block-hash");
}

#[test]
fn two_spoilt_sources_make_one_good_one() {
    let good = good();
    let spoilt = |name: &str, index: u32| {
        let bad = copy(&good.path, &good.folder.path().join(name));
        fs::write(bad.join(format!("chunk-{index:06}")), b"rubbish").unwrap();
        bad
    };
    let (a, b) = (spoilt("a", 0), spoilt("b", 2));
    let (result, stores) = restored(&sources(&[&a, &b]), &good.terms);
    let result = result.unwrap();
    assert_eq!(stores.len(), 1, "no second attempt");
    let chunks: Vec<_> = result.refused.iter().map(|it| it.chunk).collect();
    let expected = [Some(0), Some(2)];
    assert_eq!(chunks, expected, "the second source goes on until it fails");
    assert_eq!(result.head.header, good.manifest.header);
    let both = spoilt("a", 2);
    fs::write(both.join("chunk-000000"), b"rubbish").unwrap();
    let (failed, _) = restored(&sources(&[&both, &b]), &good.terms);
    let Err(RestoreFailed::Sources(refused)) = failed else {
        panic!("{failed:?}")
    };
    let told: Vec<_> = refused
        .iter()
        .map(|it| (it.source.clone(), it.chunk))
        .collect();
    let name = |path: &Path| path.display().to_string();
    assert_eq!(
        told,
        [
            (name(&both), Some(0)),
            (name(&b), Some(2)),
            (name(&both), Some(2))
        ]
    );
}

#[test]
fn an_archive_is_refused_before_anything_is_asked_for() {
    let good = good();
    let mut archive = good.terms.clone();
    archive.chain.retention = Retention::Archive;
    refused(
        &good.path,
        &archive,
        "an archive cannot be made from a snapshot",
    );
}

/// What is broken off in the middle does not open, at any chunk.
#[test]
fn a_restore_that_is_broken_off_leaves_no_chain() {
    let good = good();
    for missing in 0..3 {
        let bad = copy(&good.path, &good.folder.path().join("bad"));
        fs::remove_file(bad.join(format!("chunk-{missing:06}"))).unwrap();
        let (_, stores) = restored(&sources(&[&bad]), &good.terms);
        let opened = Chain::open(stores[0].clone(), Arc::new(spec()));
        match missing {
            // Nothing was written: a new chain.
            0 => assert_eq!(opened.unwrap().head().header.height, 0),
            _ => assert!(matches!(opened.err(), Some(ChainError::Damaged { .. }))),
        }
        fs::remove_dir_all(bad).unwrap();
    }
}

/// What a source says that it needs is no reason not to ask another one.
#[test]
fn a_source_that_wants_more_room_than_there_is_does_not_end_a_restore() {
    let good = good();
    let bad = copy(&good.path, &good.folder.path().join("bad"));
    let mut greedy = good.manifest.clone();
    let full = Chunk {
        bytes: CHUNK_BYTES_MAX,
        ..greedy.code[0]
    };
    greedy.code = vec![full; 1_000];
    write_manifest(&bad, &greedy);
    let store = Arc::new(MemoryStore::new());
    let mut open = |manifest: &Manifest| match manifest.total_bytes() {
        needed if needed > 1 << 30 => Err(NoStore::Room {
            needed,
            free: 1 << 30,
        }),
        _ => Ok(store.clone() as Arc<dyn Store>),
    };
    let both = sources(&[&bad, &good.path]);
    let result = restore(&both, &good.terms, &mut open, |_| ()).unwrap();
    assert_eq!(result.head.header, good.manifest.header);
    assert_eq!(result.refused.len(), 1);
    let failed = restore(&sources(&[&bad]), &good.terms, &mut open, |_| ());
    let error = failed.unwrap_err();
    assert!(matches!(error, RestoreFailed::NoRoom(_)), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("needs 16000 MiB of the disk, 1024 are free"),
        "{text}"
    );
    assert!(text.contains(bad.to_str().unwrap()), "{text}");
}
