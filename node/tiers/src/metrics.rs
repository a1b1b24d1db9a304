//! What it counts.

use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// Counters of the tiers.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Frames that found compiled code.
    pub(crate) compiled_frames: Counter,
    /// Frames that were left to the interpreter.
    pub(crate) interpreted_frames: Counter,
    /// Modules compiled.
    pub(crate) compiled: Counter,
    /// Modules that could not be compiled.
    pub(crate) failed: Counter,
    /// Modules loaded from the disk.
    pub(crate) loaded: Counter,
    /// Files that were refused: damaged, foreign, of other terms.
    pub(crate) refused: Counter,
    /// Modules that ran out of the machine's stack and went back to the interpreter.
    pub(crate) given_up: Counter,
    /// Machine code in memory.
    pub(crate) code_bytes: Gauge<u64, AtomicU64>,
}

impl Metrics {
    /// Names them.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("tier");
        let counters = [
            (
                "compiled_frames",
                "Frames run by compiled code",
                &self.compiled_frames,
            ),
            (
                "interpreted_frames",
                "Frames run by the interpreter",
                &self.interpreted_frames,
            ),
            ("modules_compiled", "Modules compiled", &self.compiled),
            (
                "compile_failures",
                "Modules that could not be compiled",
                &self.failed,
            ),
            (
                "modules_loaded",
                "Compiled modules loaded from the disk",
                &self.loaded,
            ),
            (
                "artefacts_refused",
                "Files of compiled code that were refused",
                &self.refused,
            ),
            (
                "modules_given_up",
                "Modules that went back to the interpreter",
                &self.given_up,
            ),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, counter.clone());
        }
        let (help, gauge) = ("Machine code in memory", self.code_bytes.clone());
        registry.register_with_unit("code", help, Unit::Bytes, gauge);
    }
}
