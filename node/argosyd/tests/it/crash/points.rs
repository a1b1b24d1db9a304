//! Where tests end the process, by what it is doing then. Each list is gone through by one test.
//!
//! `NAME:N` is the Nth time that the process comes to a place. Always: every place in the source is
//! in a list.

use std::collections::BTreeSet;
use std::path::Path;

/// The first start.
pub(super) const MAKING: &[&str] = &[
    "directory::before_mark",
    "directory::marked",
    "store::database_made",
    "directory::before_name",
    "directory::named",
    "store::database_named",
    "genesis::before_write",
    "store::before_write:1",
    "store::after_write:1",
    "genesis::written",
];

/// A block that is not written yet.
pub(super) const BUILDING: &[&str] = &[
    "block::begin:3",
    "execute::transaction:5",
    "execute::transaction:6",
    "build::executed:3",
    "block::built:3",
    "block::verified:3",
];

/// A block on its way to the disk.
pub(super) const COMMITTING: &[&str] = &[
    "commit::begin:3",
    "commit::state_batched:3",
    "commit::block_batched:3",
    "prune::begin:3",
    "prune::batched:3",
    "commit::batched:3",
    // The first batch is the genesis block's.
    "store::before_write:4",
    "store::after_write:4",
    "store::noted:4",
    "commit::written:3",
    "commit::head_moved:3",
];

/// A block that is on the disk.
pub(super) const TELLING: &[&str] = &[
    "block::committed:3",
    "block::followed:3",
    // A step that admits and a step that makes a block, for each block.
    "driver::stepped:6",
    "driver::published:6",
    "driver::before_reply:3",
];

/// Less is kept from now on: the first block deletes many, each later one deletes one.
pub(super) const PRUNING: &[&str] = &[
    "retention::before_write",
    // The first batch says what is kept from now on.
    "store::before_write:1",
    "store::after_write:1",
    "retention::written",
    "prune::begin",
    "prune::receipt:5",
    "prune::body:5",
    "prune::blocks_batched",
    "prune::batched",
    "store::before_write:2",
    "store::after_write:2",
    "commit::head_moved",
    "prune::begin:3",
    "prune::receipt:12",
    "prune::body:12",
    "prune::blocks_batched:3",
    "commit::batched:3",
    "commit::written:3",
];

/// A block of an archive.
pub(super) const ARCHIVING: &[&str] = &["commit::history_batched:3"];

/// Less is kept of an archive, whose old values go as well.
pub(super) const FORGETTING: &[&str] = &[
    "prune::old_value:7",
    "prune::history_batched",
    "store::before_write:2",
    "store::after_write:2",
];

/// `export-blocks`.
pub(super) const EXPORTING: &[&str] = &[
    "export::block:3",
    "export::end",
    "export::before_name",
    "export::named",
];

/// `import-blocks` into a new directory.
pub(super) const IMPORTING: &[&str] = &[
    "directory::marked",
    "genesis::written",
    "import::begin",
    "import::verified:3",
    "store::before_write:4",
    "import::committed:3",
    "import::before_sync",
    "import::synced",
];

/// `replay` into a new directory.
pub(super) const REPLAYING: &[&str] = &[
    "directory::named",
    "replay::verified:3",
    "commit::batched:3",
    "replay::committed:3",
];

/// `backup create --keep 1`.
pub(super) const BACKING_UP: &[&str] = &[
    "backup::folder_made",
    "backup::begin",
    "backup::made",
    "backup::before_purge",
    "backup::purged",
];

/// `backup restore`.
pub(super) const RESTORING: &[&str] = &[
    "directory::marked",
    "restore::begin",
    "restore::copied",
    "directory::before_name",
    "directory::named",
    "restore::named",
];

/// `backup restore` once more, where one was broken off.
pub(super) const RESTORING_AGAIN: &[&str] = &["directory::cleared"];

/// `snapshot create`.
pub(crate) const SNAPSHOT: &[&str] = &[
    "snapshot::begun",
    "snapshot::sorted",
    "snapshot::chunk_written:1",
    "snapshot::chunk_written:2",
    "snapshot::manifest_written",
    "snapshot::synced",
    "snapshot::named",
];

/// `snapshot restore`.
pub(crate) const RESTORING_SNAPSHOT: &[&str] = &[
    "restore::marked",
    "restore::opened",
    "restore::chunk_written:1",
    "restore::chunk_written:2",
    "restore::before_head",
    "restore::head_written",
    "restore::closed",
    "restore::named",
];

const ALL: &[&[&str]] = &[
    MAKING,
    BUILDING,
    COMMITTING,
    TELLING,
    PRUNING,
    ARCHIVING,
    FORGETTING,
    EXPORTING,
    IMPORTING,
    REPLAYING,
    BACKING_UP,
    RESTORING,
    RESTORING_AGAIN,
    SNAPSHOT,
    RESTORING_SNAPSHOT,
    AGREEING,
];

/// A validator on its way from a proposal to a decision.
pub(crate) const AGREEING: &[&str] = &[
    "propose::built:2",
    "undecided::before_write:4",
    "undecided::written:4",
    "propose::kept:2",
    "judge::executed:3",
    "judge::done:3",
    "decide::begin:5",
    "decide::committed:5",
];

/// The place of an entry, without the count.
fn name(entry: &str) -> &str {
    match entry.rsplit_once(':') {
        Some((name, count)) if count.parse::<u64>().is_ok() => name,
        Some(_) | None => entry,
    }
}

/// The places in the sources below `folder`.
fn in_source(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            in_source(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let uses = text.split("crash_point!(\"").skip(1);
            found.extend(
                uses.filter_map(|it| it.split('"').next())
                    .map(str::to_owned),
            );
        }
    }
}

#[test]
fn every_place_in_the_source_is_tried() {
    let mut found = BTreeSet::new();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for entry in std::fs::read_dir(crates).unwrap() {
        let source = entry.unwrap().path().join("src");
        if source.is_dir() {
            in_source(&source, &mut found);
        }
    }
    let tried: BTreeSet<_> = ALL
        .iter()
        .flat_map(|list| list.iter().map(|it| name(it).to_owned()))
        .collect();
    assert!(found.len() >= 20, "{found:?}");
    let missing: Vec<_> = found.difference(&tried).collect();
    assert!(
        missing.is_empty(),
        "no test ends the process at {missing:?}"
    );
    let gone: Vec<_> = tried.difference(&found).collect();
    assert!(gone.is_empty(), "these places are no more: {gone:?}");
}
