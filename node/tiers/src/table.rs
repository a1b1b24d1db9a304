//! Which module is where on its way from interpreted to compiled.
//!
//! Always holds: entries and the bytes of machine code are bounded; the least recently used leaves
//! first, and starts anew when it comes back.

use std::collections::BTreeMap;
use std::sync::Arc;

use argosy_vm_engine::ModuleKey;
use argosy_vm_host::Code;

/// Calls after which compiling pays: it costs about as much as 500 small calls gain.
const USES_BEFORE_COMPILING: u64 = 500;
/// Modules that are watched.
const MODULES_MAX: usize = 16_384;
/// Modules with machine code. Each has mappings of its own, of which Linux lets a process have some
/// 65 000.
const READY_MAX: usize = 4_096;
/// Machine code in memory.
const CODE_BYTES_MAX: u64 = 256 << 20;

/// All watched modules.
#[derive(Default)]
pub(crate) struct Table {
    entries: BTreeMap<ModuleKey, Entry>,
    /// Entries by their last use.
    used: BTreeMap<u64, ModuleKey>,
    uses: u64,
    code_bytes: u64,
    ready: usize,
}

struct Entry {
    use_number: u64,
    uses: u64,
    state: State,
}

enum State {
    /// Interpreted so far.
    Interpreted,
    /// Somebody works on it.
    Waiting,
    Ready {
        code: Arc<dyn Code>,
        bytes: u64,
    },
    /// Stays with the interpreter.
    Refused,
}

/// What is to be done about a module that is about to run.
pub(crate) enum Next {
    /// Run this.
    Run(Arc<dyn Code>),
    /// Look on the disk: it is new here, and may have been compiled before.
    Look,
    /// Compile: it is called often.
    Compile,
    /// Nothing, for now or for good.
    Interpret,
}

impl Table {
    /// Counts a use. After `Look` or `Compile` somebody has to work on it.
    pub(crate) fn touch(&mut self, key: &ModuleKey) -> Next {
        self.uses += 1;
        let use_number = self.uses;
        let Some(entry) = self.entries.get_mut(key) else {
            self.add(key);
            return Next::Look;
        };
        self.used.remove(&entry.use_number);
        self.used.insert(use_number, *key);
        entry.use_number = use_number;
        entry.uses += 1;
        match &entry.state {
            State::Ready { code, .. } => Next::Run(code.clone()),
            State::Interpreted if entry.uses >= USES_BEFORE_COMPILING => {
                entry.state = State::Waiting;
                Next::Compile
            }
            State::Interpreted | State::Waiting | State::Refused => Next::Interpret,
        }
    }

    /// The code is there.
    pub(crate) fn ready(&mut self, key: &ModuleKey, code: Arc<dyn Code>, bytes: u64) {
        self.set(key, State::Ready { code, bytes });
        while self.code_bytes > CODE_BYTES_MAX || self.ready > READY_MAX {
            let oldest = self.used.values().find(|it| self.is_ready(it));
            let Some(oldest) = oldest.copied() else { break };
            self.forget(&oldest);
        }
    }

    /// It is not there yet: counting goes on.
    pub(crate) fn wait(&mut self, key: &ModuleKey) {
        self.set(key, State::Interpreted);
    }

    /// It will not be there.
    pub(crate) fn refuse(&mut self, key: &ModuleKey) {
        self.set(key, State::Refused);
    }

    /// Machine code in memory, in bytes.
    pub(crate) fn code_bytes(&self) -> u64 {
        self.code_bytes
    }

    fn add(&mut self, key: &ModuleKey) {
        if self.entries.len() >= MODULES_MAX
            && let Some(oldest) = self.used.values().next().copied()
        {
            self.forget(&oldest);
        }
        let entry = Entry {
            use_number: self.uses,
            uses: 1,
            state: State::Waiting,
        };
        self.used.insert(self.uses, *key);
        self.entries.insert(*key, entry);
    }

    /// Changes the state of a module that may have been forgotten meanwhile.
    fn set(&mut self, key: &ModuleKey, state: State) {
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        self.code_bytes += bytes_of(&state);
        self.code_bytes -= bytes_of(&entry.state);
        self.ready += usize::from(matches!(state, State::Ready { .. }));
        self.ready -= usize::from(matches!(entry.state, State::Ready { .. }));
        entry.state = state;
    }

    fn forget(&mut self, key: &ModuleKey) {
        if let Some(entry) = self.entries.remove(key) {
            self.code_bytes -= bytes_of(&entry.state);
            self.ready -= usize::from(matches!(entry.state, State::Ready { .. }));
            self.used.remove(&entry.use_number);
        }
    }

    fn is_ready(&self, key: &ModuleKey) -> bool {
        let entry = self.entries.get(key);
        entry.is_some_and(|it| matches!(it.state, State::Ready { .. }))
    }
}

fn bytes_of(state: &State) -> u64 {
    match state {
        State::Ready { bytes, .. } => *bytes,
        State::Interpreted | State::Waiting | State::Refused => 0,
    }
}

#[cfg(test)]
mod tests {
    use argosy_primitives::{AbiKind, CodeHash, Gas};
    use argosy_vm_host::{Execution, Host, Invocation, TierError};

    use super::*;

    struct NoCode;

    impl Code for NoCode {
        fn run(&self, _: Invocation, _: Gas, _: &mut dyn Host) -> Result<Execution, TierError> {
            Err(TierError::Exhausted)
        }
    }

    fn key(number: u64) -> ModuleKey {
        let mut code = [0; 32];
        code[..8].copy_from_slice(&number.to_le_bytes());
        ModuleKey {
            code: CodeHash::from_bytes(code),
            abi: AbiKind::Native,
            terms: [0; 32],
        }
    }

    #[test]
    fn a_module_is_looked_for_then_counted_then_compiled_once() {
        let mut table = Table::default();
        assert!(matches!(table.touch(&key(1)), Next::Look));
        assert!(matches!(table.touch(&key(1)), Next::Interpret));
        table.wait(&key(1));
        for _ in 2..USES_BEFORE_COMPILING - 1 {
            assert!(matches!(table.touch(&key(1)), Next::Interpret));
        }
        assert!(matches!(table.touch(&key(1)), Next::Compile));
        assert!(matches!(table.touch(&key(1)), Next::Interpret));
        table.ready(&key(1), Arc::new(NoCode), 100);
        assert!(matches!(table.touch(&key(1)), Next::Run(_)));
        assert_eq!(table.code_bytes(), 100);
        table.refuse(&key(1));
        assert!(matches!(table.touch(&key(1)), Next::Interpret));
        assert_eq!(table.code_bytes(), 0);
    }

    #[test]
    fn modules_and_bytes_are_bounded() {
        let mut table = Table::default();
        for number in 0..MODULES_MAX as u64 + 100 {
            assert!(matches!(table.touch(&key(number)), Next::Look));
            table.ready(&key(number), Arc::new(NoCode), CODE_BYTES_MAX / 4);
            assert!(table.code_bytes() <= CODE_BYTES_MAX);
        }
        assert!(table.entries.len() <= MODULES_MAX);
        assert_eq!(table.used.len(), table.entries.len());
        // The last four fit; who was pushed out is looked for again.
        let last = MODULES_MAX as u64 + 99;
        assert!(matches!(table.touch(&key(last)), Next::Run(_)));
        assert!(matches!(table.touch(&key(last - 4)), Next::Look));
    }

    #[test]
    fn what_was_forgotten_is_not_brought_back_by_a_late_answer() {
        let mut table = Table::default();
        table.ready(&key(1), Arc::new(NoCode), 100);
        assert_eq!(table.code_bytes(), 0);
        assert!(matches!(table.touch(&key(1)), Next::Look));
    }
}
