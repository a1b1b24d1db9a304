//! The whole: counts uses, works in the background, hands out what is ready.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use argosy_primitives::AbiKind;
use argosy_spec::{AbiLimits, ChainSpec};
use argosy_vm_compiled::{ArtefactKey, Compiled, Module, Unsupported};
use argosy_vm_engine::{FastCode, FastUse, FetchCode, ModuleKey, Report, adapter_of};
use argosy_vm_host::{Code, HostFault};
use parity_scale_codec::Encode;

use crate::cache::{ArtefactCache, CacheError};
use crate::compiler::{CompileFailure, Worker};
use crate::metrics::Metrics;
use crate::mode::TierMode;
use crate::table::{Next, Table};

/// Modules that wait for the background thread; one more is counted on.
const QUEUE_MAX: usize = 64;
/// Instances at once: 16 nested frames on each of a few threads that execute.
const INSTANCES: u32 = 16 * 8;

/// Compiled code for a node.
pub struct Tiers {
    shared: Arc<Shared>,
    queue: SyncSender<Job>,
}

/// What the background thread shares.
struct Shared {
    mode: TierMode,
    abis: BTreeMap<AbiKind, Abi>,
    worker: Worker,
    cache: ArtefactCache,
    reports: PathBuf,
    table: Mutex<Table>,
    metrics: Metrics,
}

/// Compiled code of one ABI.
struct Abi {
    compiled: Compiled,
    limits: AbiLimits,
}

/// A module to work on: to look for on the disk, and to compile if its bytes are here.
struct Job {
    key: ModuleKey,
    instrumented: Option<Arc<[u8]>>,
}

/// There is no compiled code here.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The machine cannot.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// The folder cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// No thread.
    #[error("no thread for compiling: {0}")]
    Thread(#[from] io::Error),
}

impl Tiers {
    /// Starts what `mode` needs; `None` if that is nothing. Artefacts lie in `dir`, and a report
    /// of tiers that differ is written there.
    pub fn open(
        spec: &ChainSpec,
        mode: TierMode,
        dir: &Path,
        worker: Worker,
    ) -> Result<Option<Arc<Tiers>>, OpenError> {
        if mode == TierMode::Interpreter {
            return Ok(None);
        }
        let shared = Arc::new(Shared {
            mode,
            abis: abis(spec)?,
            worker,
            cache: ArtefactCache::open(dir)?,
            reports: dir.to_path_buf(),
            table: Mutex::default(),
            metrics: Metrics::default(),
        });
        let (queue, jobs) = sync_channel(QUEUE_MAX);
        let background = Arc::clone(&shared);
        // It ends when the queue does, and with the process at the latest.
        thread::Builder::new()
            .name("compile".into())
            .spawn(move || background.work(&jobs))?;
        Ok(Some(Arc::new(Tiers { shared, queue })))
    }

    /// What it counts.
    pub fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// Leaves a module to the background thread.
    fn enqueue(&self, key: &ModuleKey, instrumented: Option<Arc<[u8]>>) {
        let job = Job {
            key: *key,
            instrumented,
        };
        if self.queue.try_send(job).is_err() {
            self.shared.table().wait(key);
        }
    }
}

impl FastCode for Tiers {
    fn purpose(&self) -> FastUse {
        match self.shared.mode {
            TierMode::Shadow => FastUse::Compare,
            TierMode::Auto | TierMode::Compiled | TierMode::Interpreter => FastUse::Run,
        }
    }

    fn find(
        &self,
        key: &ModuleKey,
        fetch: &FetchCode<'_>,
    ) -> Result<Option<Arc<dyn Code>>, HostFault> {
        let shared = &self.shared;
        let waits = shared.mode != TierMode::Auto;
        // Not held while anything is waited for.
        let next = shared.table().touch(key);
        let found = match next {
            Next::Run(code) => Some(code),
            Next::Interpret => None,
            Next::Look | Next::Compile if waits => shared.make(key, Some(&fetch()?)),
            Next::Look => {
                self.enqueue(key, None);
                None
            }
            Next::Compile => {
                self.enqueue(key, Some(fetch()?));
                None
            }
        };
        let metrics = &shared.metrics;
        match &found {
            Some(_) => metrics.compiled_frames.inc(),
            None => metrics.interpreted_frames.inc(),
        };
        Ok(found)
    }

    fn give_up(&self, key: &ModuleKey) {
        tracing::info!(
            target: "tiers",
            code = "vm.stack_exhausted",
            module = %key.code,
            "compiled code ran out of stack: interpreted from now on"
        );
        self.shared.metrics.given_up.inc();
        self.shared.table().refuse(key);
    }

    fn differs(&self, report: &Report) {
        let name = format!("difference-{}.report", report.code);
        let path = self.shared.reports.join(name);
        match std::fs::write(&path, report.encode()) {
            Ok(()) => {
                tracing::error!(
                    target: "tiers",
                    code = "vm.tiers_differ",
                    path = %path.display(),
                    %report,
                    "the tiers differ"
                );
            }
            Err(error) => {
                tracing::error!(
                    target: "tiers",
                    code = "vm.tiers_differ",
                    %error,
                    %report,
                    "the tiers differ, and the report cannot be written"
                );
            }
        }
    }
}

impl Shared {
    fn work(&self, jobs: &Receiver<Job>) {
        for Job { key, instrumented } in jobs {
            self.make(&key, instrumented.as_deref());
        }
    }

    /// Brings a module's code from the disk or from the compiler, and keeps it.
    fn make(&self, key: &ModuleKey, instrumented: Option<&[u8]>) -> Option<Arc<dyn Code>> {
        let Some(abi) = self.abis.get(&key.abi) else {
            self.table().refuse(key);
            return None;
        };
        let artefact = abi.artefact_key(key);
        let module = match (self.look(abi, &artefact), instrumented) {
            (Some(module), _) => Some(module),
            (None, Some(instrumented)) => self.compile(abi, (key, &artefact), instrumented),
            (None, None) => {
                self.table().wait(key);
                return None;
            }
        };
        let Some(module) = module else {
            self.table().refuse(key);
            return None;
        };
        let bytes = module.image_bytes() as u64;
        let code: Arc<dyn Code> = Arc::new(module);
        let mut table = self.table();
        table.ready(key, code.clone(), bytes);
        self.metrics.code_bytes.set(table.code_bytes());
        Some(code)
    }

    fn look(&self, abi: &Abi, artefact: &ArtefactKey) -> Option<Module> {
        let sealed = self.cache.read(artefact)?;
        match abi.compiled.load(self.cache.secret(), artefact, &sealed) {
            Ok(module) => {
                self.metrics.loaded.inc();
                Some(module)
            }
            Err(error) => {
                tracing::warn!(
                    target: "tiers",
                    code = "vm.code_refused",
                    %error,
                    "a file of compiled code is refused and made again"
                );
                self.metrics.refused.inc();
                self.cache.remove(artefact);
                None
            }
        }
    }

    fn compile(
        &self,
        abi: &Abi,
        (key, artefact): (&ModuleKey, &ArtefactKey),
        instrumented: &[u8],
    ) -> Option<Module> {
        let made = self.worker.compile(&abi.limits, instrumented);
        let code = made
            .inspect_err(|error| self.not_compiled(key, error))
            .ok()?;
        let secret = self.cache.secret();
        let sealed = secret.seal(artefact, &code);
        if let Err(error) = self.cache.write(artefact, &sealed) {
            tracing::warn!(
                target: "tiers",
                code = "vm.code_unwritten",
                %error,
                "compiled code cannot be kept on the disk"
            );
        }
        self.metrics.compiled.inc();
        let loaded = abi.compiled.load(secret, artefact, &sealed);
        loaded
            .inspect_err(|error| {
                tracing::warn!(
                    target: "tiers",
                    code = "vm.code_unloadable",
                    module = %key.code,
                    %error,
                    "compiled code does not load"
                );
            })
            .ok()
    }

    fn not_compiled(&self, key: &ModuleKey, error: &CompileFailure) {
        self.metrics.failed.inc();
        tracing::warn!(
            target: "tiers",
            code = "vm.not_compiled",
            module = %key.code,
            %error,
            "not compiled: the interpreter runs it"
        );
    }

    /// A panic while the lock was held leaves the table whole: it changes in steps that cannot fail.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Abi {
    fn artefact_key(&self, key: &ModuleKey) -> ArtefactKey {
        let terms = self.compiled.terms_hash();
        ArtefactKey::new(&[
            argosy_vm_compiled::ENGINE_NAME.as_bytes(),
            &terms,
            &key.terms,
            key.code.as_bytes(),
            &key.abi.encode(),
        ])
    }
}

/// A pool of instances for each ABI that the chain offers and this version serves.
fn abis(spec: &ChainSpec) -> Result<BTreeMap<AbiKind, Abi>, Unsupported> {
    let (load, host) = (&spec.load_prices, &spec.host_prices);
    let served = spec.vm.iter().filter_map(|(kind, limits)| {
        let adapter = adapter_of(*kind, spec)?;
        Some((*kind, limits, adapter))
    });
    let opened = served.map(|(kind, limits, adapter)| {
        let compiled = Compiled::new(adapter, limits, load, host, INSTANCES)?;
        let limits = limits.clone();
        Ok::<_, Unsupported>((kind, Abi { compiled, limits }))
    });
    opened.collect()
}
