//! What the chain reads where it has written nothing: the origin's state and modules.
//!
//! Always: a key is asked for once in a process, and not at all if the cache has it; no lock is held
//! while the origin is asked. Of other columns there is nothing here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use argosy_chain::Engine;
use argosy_kv::{Bytes, Column, Direction, Entries, KeyRange, KvError, View};
use argosy_primitives::{Address, CodeHash};
use argosy_proof::{CodeRecord, StateKey, Supply};
use argosy_sdk::api::{PROVEN_KEYS_MAX, StateKeyView};
use argosy_spec::ChainSpec;

use super::asker::Read;
use super::cache::{Entry, Found, Teller, teller};
use super::error::OriginError;
use super::known::{Held, Known};
use super::origin::Origin;
use super::range::{Pieces, address_of};

/// Forms of a module in the column of code, behind its hash.
const ORIGINAL: u8 = 0;
const INSTRUMENTED: u8 = 1;

/// The state that a fork lies over.
pub(super) struct Base {
    origin: Origin,
    /// The origin, where it cannot prove what it says.
    teller: Teller,
    engine: Engine,
    known: Mutex<Known>,
    /// Modules that were asked for.
    modules: Mutex<BTreeMap<CodeHash, Module>>,
    from_cache: usize,
}

/// How much was read.
pub(super) struct Figures {
    pub(super) requests: u64,
    pub(super) from_cache: usize,
    pub(super) unproven: u64,
}

#[derive(Clone)]
struct Module {
    original: Bytes,
    instrumented: Bytes,
}

impl Base {
    /// Over what `origin` answers; `trust` lets count what it could not prove earlier.
    pub(super) fn new(origin: Origin, spec: &ChainSpec, found: Found, trust: bool) -> Base {
        let teller = teller(origin.url());
        let known = Known::new(found, trust.then_some(teller));
        Base {
            origin,
            teller,
            engine: Engine::new(spec),
            from_cache: known.count(),
            known: Mutex::new(known),
            modules: Mutex::default(),
        }
    }

    /// How much was read.
    pub(super) fn figures(&self) -> Figures {
        Figures {
            requests: self.origin.requests(),
            from_cache: self.from_cache,
            unproven: self.known().unproven,
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn modules(&self) -> MutexGuard<'_, BTreeMap<CodeHash, Module>> {
        self.modules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose word it is.
    fn told_by(&self, is_proven: bool) -> Option<Teller> {
        (!is_proven).then_some(self.teller)
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
            // It is not this node that is broken.
            Held::Known(None) if Supply::is_at(key) => Err(OriginError::NoSupply {
                url: self.origin.url().to_owned(),
            }),
            Held::Known(value) => Ok(value),
            // Nothing that was not read is taken for absent.
            Held::Unknown => Err(OriginError::NotAsked {
                url: self.origin.url().to_owned(),
                what: "a value was left out of the answer",
            }),
        });
        held.collect()
    }

    /// Keeps values, of keys in their order.
    fn learn(&self, keys: &[&[u8]], read: Read<Vec<Option<Vec<u8>>>>) {
        let told_by = self.told_by(read.is_proven);
        let entries = keys.iter().zip(read.value);
        let entries = entries.map(|(key, value)| Entry::Value {
            key: key.to_vec(),
            value,
            told_by,
        });
        self.known().keep(entries.collect());
    }

    /// Reads all that is kept under an address, if it was not.
    fn read_whole(&self, address: Address) -> Result<(), OriginError> {
        if self.known().is_whole(&address) {
            return Ok(());
        }
        let Read { value, is_proven } = self.origin.whole(address)?;
        let told_by = self.told_by(is_proven);
        let entries = value.into_iter().map(|(key, value)| Entry::Value {
            key,
            value: Some(value),
            told_by,
        });
        let whole = Entry::Whole { address, told_by };
        self.known().keep(entries.chain([whole]).collect());
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
        if let Some(module) = self.modules().get(code) {
            return Ok(Some(module.clone()));
        }
        let original = self.upload(code)?;
        let prepared = self.engine.prepare(&original);
        let (_, prepared) = prepared.map_err(|refusal| OriginError::False {
            url: self.origin.url().to_owned(),
            what: format!("code {code} is none that its chain takes: {refusal}"),
        })?;
        let module = Module {
            original,
            instrumented: prepared.bytes.into(),
        };
        self.modules().insert(*code, module.clone());
        Ok(Some(module))
    }

    /// A module, as it was uploaded.
    fn upload(&self, code: &CodeHash) -> Result<Bytes, OriginError> {
        let known = self.known().upload(code);
        if let Some(known) = known {
            return Ok(known);
        }
        let bytes = self.origin.code(*code)?;
        self.known().keep(vec![Entry::Code {
            bytes: bytes.clone(),
        }]);
        Ok(bytes.into())
    }

    /// Reads what a range needs: all that is kept under its one address.
    fn read_range(&self, range: &KeyRange) -> Result<(), OriginError> {
        match address_of(range) {
            Some(address) => self.read_whole(address),
            None => Err(OriginError::NotAsked {
                url: self.origin.url().to_owned(),
                what: "a fork reads ranges of one address only",
            }),
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
        let read = move || -> Entries<'_> {
            match self.read_range(&range) {
                Err(error) => Box::new(std::iter::once(Err(error.in_column(column)))),
                Ok(()) => Box::new(Pieces::new(&self.known, range, direction).map(Ok)),
            }
        };
        Box::new(std::iter::once_with(read).flatten())
    }
}
