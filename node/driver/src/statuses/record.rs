//! How standings are kept over a restart: a record each, beside the chain's own.
//!
//! ```text
//! column meta   "status/" ‖ transaction id ──► JSON of the record
//! ```
//!
//! Always: records are local to this node and never part of the chain. They are written without a sync:
//! a kill loses none of them, a loss of power perhaps the last few.

use std::ops::Bound;

use argosy_kv::{Batch, Column, Direction, Durability, KeyRange, KvError, Store};
use argosy_primitives::{TimestampMs, TxId};
use argosy_rpc_api::{DropReasonView, RpcError};
use serde::{Deserialize, Serialize};

use super::Source;
use super::book::{Entry, Standing};

const PREFIX: &[u8] = b"status/";
/// The first key behind all of them: `0` comes after `/`.
const BEHIND: &[u8] = b"status0";
/// Of a transaction's id.
const ID_BYTES: usize = 32;

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    received_ms: TimestampMs,
    since_ms: TimestampMs,
    of_client: bool,
    standing: Kept,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Pooled,
    Dropped(DropReasonView),
    Refused(RpcError),
}

/// What was left behind, in no order. A record that nobody can read is of another release, and is
/// passed over: the chain does not need it.
pub(crate) fn load(store: &dyn Store) -> Result<Vec<(TxId, Entry)>, KvError> {
    let view = store.view();
    let range = KeyRange {
        start: Bound::Included(PREFIX.to_vec()),
        end: Bound::Excluded(BEHIND.to_vec()),
    };
    let mut left = Vec::new();
    for entry in view.range(Column::Meta, range, Direction::Ascending) {
        let (key, value) = entry?;
        let id = key.get(PREFIX.len()..).unwrap_or_default();
        let id: Result<[u8; ID_BYTES], _> = id.try_into();
        let record: Result<Record, _> = serde_json::from_slice(&value);
        if let (Ok(id), Ok(record)) = (id, record) {
            left.push((TxId::from_bytes(id), record.into()));
        }
    }
    Ok(left)
}

/// Keeps what has changed; without an entry, forgets.
pub(crate) fn write(store: &dyn Store, changed: Vec<(TxId, Option<Entry>)>) -> Result<(), KvError> {
    if changed.is_empty() {
        return Ok(());
    }
    let mut batch = Batch::new();
    for (id, entry) in changed {
        let key = [PREFIX, id.as_bytes()].concat();
        match entry {
            // Errors carry what clients say: one that cannot be written must not end the thread.
            Some(entry) => match serde_json::to_vec(&Record::from(entry)) {
                Ok(value) => batch.put(Column::Meta, key, value),
                Err(_) => batch.delete(Column::Meta, key),
            },
            None => batch.delete(Column::Meta, key),
        }
    }
    store.commit(batch, Durability::Buffered)
}

impl From<Record> for Entry {
    fn from(record: Record) -> Entry {
        Entry {
            standing: match record.standing {
                Kept::Pooled => Standing::Pooled,
                Kept::Dropped(reason) => Standing::Dropped(reason),
                Kept::Refused(error) => Standing::Refused(error),
            },
            source: match record.of_client {
                true => Source::Client,
                false => Source::Peer,
            },
            received_ms: record.received_ms,
            since_ms: record.since_ms,
        }
    }
}

impl From<Entry> for Record {
    fn from(entry: Entry) -> Record {
        Record {
            received_ms: entry.received_ms,
            since_ms: entry.since_ms,
            of_client: entry.source == Source::Client,
            standing: match entry.standing {
                Standing::Pooled => Kept::Pooled,
                Standing::Dropped(reason) => Kept::Dropped(reason),
                Standing::Refused(error) => Kept::Refused(error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use argosy_kv::MemoryStore;

    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_what_is_forgotten_does_not() {
        let store = MemoryStore::new();
        let entry = |standing, source| Entry {
            standing,
            source,
            received_ms: 1,
            since_ms: 2,
        };
        let by = argosy_rpc_api::Text(TxId::from_bytes([9; ID_BYTES]));
        let kept = vec![
            entry(Standing::Pooled, Source::Peer),
            entry(
                Standing::Dropped(DropReasonView::Replaced { by }),
                Source::Client,
            ),
            entry(
                Standing::Refused(RpcError::SenderFull { max: 64 }),
                Source::Client,
            ),
        ];
        let ids = (1..=3).map(|it| TxId::from_bytes([it; ID_BYTES]));
        let kept: Vec<_> = ids.zip(kept).collect();
        let changed = kept.iter().cloned().map(|(id, it)| (id, Some(it)));
        write(&store, changed.collect()).unwrap();
        assert_eq!(load(&store).unwrap(), kept);

        let unwritable = RpcError::TxValidTooFar {
            valid_until: argosy_rpc_api::Height(u64::MAX),
            max: argosy_rpc_api::Height(9),
        };
        let unwritable = entry(Standing::Refused(unwritable), Source::Client);
        write(&store, vec![(kept[0].0, Some(unwritable))]).unwrap();
        assert_eq!(load(&store).unwrap(), kept[1..]);

        write(&store, vec![(kept[0].0, None)]).unwrap();
        let mut batch = Batch::new();
        batch.put(Column::Meta, [PREFIX, b"short"].concat(), *b"{}");
        batch.put(Column::Meta, [PREFIX, &[7; ID_BYTES]].concat(), *b"{}");
        batch.put(Column::Meta, *b"status", *b"another's");
        store.commit(batch, Durability::Buffered).unwrap();
        assert_eq!(load(&store).unwrap(), kept[1..]);
    }
}
