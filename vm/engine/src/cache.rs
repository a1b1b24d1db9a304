//! Loaded modules, bounded by bytes: the least recently used leaves first.
//!
//! A cache changes how fast an answer comes, never which: its key holds everything that a
//! translation depends on.

use std::collections::BTreeMap;
use std::sync::Arc;

use argosy_vm_interpreter::Module;

use crate::fast::ModuleKey;

/// What a module weighs beside its bytes: an engine, a stack, tables.
pub(crate) const MODULE_OVERHEAD_BYTES: u64 = 16 << 10;

/// The cache. `used` orders entries by their last use.
pub(crate) struct ModuleCache {
    bytes_max: u64,
    bytes: u64,
    uses: u64,
    entries: BTreeMap<ModuleKey, Entry>,
    used: BTreeMap<u64, ModuleKey>,
}

struct Entry {
    module: Arc<Module>,
    bytes: u64,
    use_number: u64,
}

impl ModuleCache {
    pub(crate) fn new(bytes_max: u64) -> ModuleCache {
        ModuleCache {
            bytes_max,
            bytes: 0,
            uses: 0,
            entries: BTreeMap::new(),
            used: BTreeMap::new(),
        }
    }

    /// The module, which counts as used now.
    pub(crate) fn get(&mut self, key: &ModuleKey) -> Option<Arc<Module>> {
        let entry = self.entries.get_mut(key)?;
        if entry.use_number != self.uses {
            self.used.remove(&entry.use_number);
            self.uses += 1;
            entry.use_number = self.uses;
            self.used.insert(self.uses, *key);
        }
        Some(entry.module.clone())
    }

    /// Keeps a module that was loaded from so many bytes; one that alone is too large is not kept.
    pub(crate) fn insert(&mut self, key: ModuleKey, module: Arc<Module>, instrumented: usize) {
        let bytes = (instrumented as u64).saturating_add(MODULE_OVERHEAD_BYTES);
        if bytes > self.bytes_max || self.entries.contains_key(&key) {
            return;
        }
        while self.bytes + bytes > self.bytes_max {
            self.evict();
        }
        self.uses += 1;
        self.bytes += bytes;
        self.used.insert(self.uses, key);
        let entry = Entry {
            module,
            bytes,
            use_number: self.uses,
        };
        self.entries.insert(key, entry);
    }

    /// Bytes that the kept modules weigh.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    fn evict(&mut self) {
        let oldest = self.used.pop_first().map(|(_, key)| key);
        let entry = oldest.and_then(|key| self.entries.remove(&key));
        // Without an entry there are no bytes, and the loop around this has ended.
        self.bytes -= entry.map_or(self.bytes, |it| it.bytes);
    }
}
