//! What the chain reads where it has written nothing: the origin's state and modules.
//!
//! Always: a key is asked for once in a process, and not at all if the cache has it; no lock is held
//! while the origin is asked. Of other columns there is nothing here.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use argosy_chain::Engine;
use argosy_kv::{Bytes, Column, Direction, Entries, KeyRange, KvError, View};
use argosy_primitives::{Address, CodeHash};
use argosy_proof::{CodeRecord, StateKey};
use argosy_sdk::api::{PROVEN_KEYS_MAX, StateKeyView};
use argosy_spec::ChainSpec;

use super::cache::{Cache, Entry, Found};
use super::error::OriginError;
use super::origin::{Origin, Read};

/// Forms of a module in the column of code, behind its hash.
const ORIGINAL: u8 = 0;
const INSTRUMENTED: u8 = 1;

/// The state that a fork lies over.
pub(super) struct Base {
    origin: Origin,
    engine: Engine,
    known: Mutex<Known>,
    from_cache: u64,
    unproven: AtomicU64,
}

/// How much was read.
pub(super) struct Figures {
    pub(super) requests: u64,
    pub(super) from_cache: u64,
    pub(super) unproven: u64,
}

#[derive(Default)]
struct Known {
    /// By whole key.
    values: BTreeMap<Vec<u8>, Option<Bytes>>,
    /// Addresses of which every value is known.
    whole: BTreeSet<Address>,
    modules: BTreeMap<CodeHash, Module>,
    cache: Option<Cache>,
}

/// What is known of a key.
#[derive(PartialEq, Eq)]
enum Held {
    Known(Option<Bytes>),
    Unknown,
}

#[derive(Clone)]
struct Module {
    original: Bytes,
    instrumented: Bytes,
}

impl Base {
    /// Over what `origin` answers; `trust` lets unproven values of the cache count.
    pub(super) fn new(origin: Origin, spec: &ChainSpec, found: Found, trust: bool) -> Base {
        let engine = Engine::new(spec);
        let mut known = Known {
            cache: found.cache,
            ..Known::default()
        };
        let (mut from_cache, mut unproven) = (0, 0);
        for entry in found.entries {
            match entry {
                Entry::Value {
                    key,
                    value,
                    is_proven,
                } if is_proven || trust => {
                    from_cache += 1;
                    unproven += u64::from(!is_proven);
                    known.values.insert(key, value.map(Bytes::from));
                }
                Entry::Whole { address, is_proven } if is_proven || trust => {
                    known.whole.insert(address);
                }
                Entry::Code { bytes } => {
                    // What this version does not take is asked for again, and refused then.
                    if let Ok(module) = prepare(&engine, &bytes) {
                        known.modules.insert(CodeHash::of(&bytes), module);
                    }
                }
                Entry::Value { .. } | Entry::Whole { .. } => {}
            }
        }
        Base {
            origin,
            engine,
            known: Mutex::new(known),
            from_cache,
            unproven: AtomicU64::new(unproven),
        }
    }

    /// How much was read.
    pub(super) fn figures(&self) -> Figures {
        Figures {
            requests: self.origin.requests(),
            from_cache: self.from_cache,
            unproven: self.unproven.load(Ordering::Relaxed),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn values(&self, keys: &[&[u8]]) -> Result<Vec<Option<Bytes>>, OriginError> {
        let missing: BTreeSet<&[u8]> = {
            let known = self.known();
            let is_missing = |key: &&[u8]| known.value(key) == Held::Unknown;
            keys.iter().copied().filter(is_missing).collect()
        };
        let missing: Vec<&[u8]> = missing.into_iter().collect();
        for some in missing.chunks(PROVEN_KEYS_MAX) {
            let places = some.iter().filter_map(|key| {
                let (address, key) = StateKey::of_whole(key)?;
                Some((address, StateKeyView::from(key)))
            });
            let read = self.origin.values(places.collect())?;
            self.learn(some, read);
        }
        let known = self.known();
        let held = keys.iter().map(|key| match known.value(key) {
            Held::Known(value) => value,
            Held::Unknown => None,
        });
        Ok(held.collect())
    }

    /// Keeps values, of keys in their order.
    fn learn(&self, keys: &[&[u8]], read: Read<Vec<Option<Vec<u8>>>>) {
        let Read { value, is_proven } = read;
        let entries = keys.iter().zip(value).map(|(key, value)| Entry::Value {
            key: key.to_vec(),
            value,
            is_proven,
        });
        self.keep(entries.collect(), is_proven);
    }

    fn keep(&self, entries: Vec<Entry>, is_proven: bool) {
        let mut known = self.known();
        known.write(&entries);
        for entry in entries {
            match entry {
                Entry::Value { key, value, .. } => {
                    self.unproven
                        .fetch_add(u64::from(!is_proven), Ordering::Relaxed);
                    known.values.insert(key, value.map(Bytes::from));
                }
                Entry::Whole { address, .. } => {
                    known.whole.insert(address);
                }
                Entry::Code { .. } => {}
            }
        }
    }

    /// Reads all that is kept under an address, if it was not.
    fn read_whole(&self, address: Address) -> Result<(), OriginError> {
        if self.known().whole.contains(&address) {
            return Ok(());
        }
        let Read { value, is_proven } = self.origin.whole(address)?;
        let entries = value.into_iter().map(|(key, value)| Entry::Value {
            key,
            value: Some(value),
            is_proven,
        });
        let whole = Entry::Whole { address, is_proven };
        self.keep(entries.chain([whole]).collect(), is_proven);
        Ok(())
    }

    fn module(&self, key: &[u8]) -> Result<Option<Bytes>, OriginError> {
        let Some((code, [form])) = key.split_first_chunk::<32>() else {
            return Ok(None);
        };
        let code = CodeHash::from_bytes(*code);
        let Some(module) = self.module_of(&code)? else {
            return Ok(None);
        };
        Ok(match *form {
            ORIGINAL => Some(module.original),
            INSTRUMENTED => Some(module.instrumented),
            _ => None,
        })
    }

    fn module_of(&self, code: &CodeHash) -> Result<Option<Module>, OriginError> {
        // Whether there is one, the state says.
        let record = StateKey::System(&CodeRecord::key(code)).under(&Address::SYSTEM);
        if self.values(&[record.as_slice()])? == [None] {
            return Ok(None);
        }
        if let Some(module) = self.known().modules.get(code) {
            return Ok(Some(module.clone()));
        }
        let bytes = self.origin.code(*code)?;
        let module = prepare(&self.engine, &bytes).map_err(|what| OriginError::False {
            url: self.origin.url().to_owned(),
            what: format!("code {code} is none that its chain takes: {what}"),
        })?;
        let mut known = self.known();
        known.write(&[Entry::Code { bytes }]);
        known.modules.insert(*code, module.clone());
        Ok(Some(module))
    }

    /// The entries of a range, all of one address.
    fn entries(&self, range: &KeyRange) -> Result<Vec<(Vec<u8>, Bytes)>, OriginError> {
        let Some(address) = address_of(range) else {
            return Err(OriginError::NotAsked {
                url: self.origin.url().to_owned(),
                what: "a fork reads ranges of one address only",
            });
        };
        self.read_whole(address)?;
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.known();
        let bounds = (range.start.clone(), range.end.clone());
        let found = known.values.range::<Vec<u8>, _>(bounds);
        let there = found.filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
        Ok(there.collect())
    }
}

impl Known {
    fn value(&self, key: &[u8]) -> Held {
        if let Some(value) = self.values.get(key) {
            return Held::Known(value.clone());
        }
        match StateKey::of_whole(key) {
            Some((address, _)) if !self.whole.contains(&address) => Held::Unknown,
            Some(_) | None => Held::Known(None), // All is known of it, or it is no key of state.
        }
    }

    /// Keeps on disk what it can; without it a later fork asks again.
    fn write(&mut self, entries: &[Entry]) {
        if let Some(cache) = &mut self.cache
            && let Err(error) = cache.add(entries)
        {
            tracing::warn!(
                target: "fork",
                code = "fork.cache_failed",
                %error,
                "what is read is no longer kept on disk"
            );
            self.cache = None;
        }
    }
}

impl View for Base {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, KvError> {
        let found = match column {
            Column::State => self.values(&[key]).map(|mut it| it.pop().flatten()),
            Column::Code => self.module(key),
            _ => Ok(None),
        };
        found.map_err(|error| error.in_column(column))
    }

    fn get_many(&self, column: Column, keys: &[&[u8]]) -> Result<Vec<Option<Bytes>>, KvError> {
        match column {
            Column::State => {
                let found = self.values(keys);
                found.map_err(|error| error.in_column(column))
            }
            _ => keys.iter().map(|key| self.get(column, key)).collect(),
        }
    }

    /// Nothing is read before the first entry is taken.
    fn range(&self, column: Column, range: KeyRange, direction: Direction) -> Entries<'_> {
        if column != Column::State {
            return Box::new(std::iter::empty());
        }
        let read = move || match self.entries(&range) {
            Err(error) => vec![Err(error.in_column(column))],
            Ok(mut entries) => {
                if direction == Direction::Descending {
                    entries.reverse();
                }
                entries.into_iter().map(Ok).collect()
            }
        };
        Box::new(std::iter::once_with(read).flatten())
    }
}

/// The address that all keys of a range are under.
fn address_of(range: &KeyRange) -> Option<Address> {
    let (Bound::Included(key) | Bound::Excluded(key)) = &range.start else {
        return None;
    };
    let address = *key.first_chunk::<32>()?;
    let whole = KeyRange::prefix(&address);
    let ends_there = match (&range.end, &whole.end) {
        (Bound::Included(end), _) => end.starts_with(&address),
        (Bound::Excluded(end), _) if end.starts_with(&address) => true,
        (end, last) => end == last,
    };
    ends_there.then(|| Address::from_bytes(address))
}

fn prepare(engine: &Engine, bytes: &[u8]) -> Result<Module, String> {
    let (_, prepared) = engine.prepare(bytes).map_err(|error| error.to_string())?;
    Ok(Module {
        original: bytes.into(),
        instrumented: prepared.bytes.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_one_address_are_known_by_their_bounds() {
        let address = [7_u8; 32];
        let key = |rest: &[u8]| [&address[..], rest].concat();
        let ours = [
            KeyRange::prefix(&address),
            KeyRange::prefix(&key(&[2])),
            KeyRange::half_open(key(&[2, 5]), key(&[3])),
        ];
        for range in ours {
            assert_eq!(
                address_of(&range),
                Some(Address::from_bytes(address)),
                "{range:?}"
            );
        }
        let others = [
            KeyRange::all(),
            KeyRange::prefix(&address[..31]),
            KeyRange::half_open(key(&[2]), [9; 33]),
        ];
        for range in others {
            assert_eq!(address_of(&range), None, "{range:?}");
        }
    }
}
