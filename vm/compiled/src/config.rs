//! wasmtime, switched to what the chain needs. Nothing that matters is left at its default.
//!
//! The module was validated before, by our rules; these switches are the second line.

use argosy_spec::AbiLimits;
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Strategy,
    WasmFeatures,
};

/// Native stack that one frame's code may use. The instrumented depth ends a call before that;
/// code that makes the compiler keep thousands of values across a call may get here, and then runs
/// on tier 1. Sixteen nested frames fit into the stack on which contracts run.
const STACK_BYTES_MAX: usize = 8 << 20;

/// Memory of an instance that is zeroed in place when it is given back; what was touched above
/// that is given to the system.
const KEPT_BYTES: usize = 256 << 10;

const PAGE_BYTES: usize = 65_536;

/// The configuration that runs modules of an ABI, with room for so many instances.
pub(crate) fn pooled(limits: &AbiLimits, instances: u32) -> Config {
    let mut config = compiler(limits);
    let pool = pool(limits, instances);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

/// The configuration that compiles them, without any room.
pub(crate) fn compiler(limits: &AbiLimits) -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(false)
        // Gas and depth are instrumented.
        .consume_fuel(false)
        .epoch_interruption(false)
        .max_wasm_stack(STACK_BYTES_MAX)
        // No fibers are used, but the engine insists that theirs would not be smaller.
        .async_stack_size(STACK_BYTES_MAX)
        // What only serves debuggers.
        .debug_info(false)
        .wasm_backtrace_max_frames(None)
        .native_unwind_info(false)
        .generate_address_map(false)
        // Data segments are mapped when an instance is made, not copied.
        .memory_init_cow(true);
    features(&mut config, limits);
    config
}

fn pool(limits: &AbiLimits, instances: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(instances)
        .total_memories(instances)
        .total_tables(instances)
        .max_memories_per_module(1)
        .max_tables_per_module(1)
        .max_memory_size(limits.memory_pages_max as usize * PAGE_BYTES)
        .table_elements(limits.table_entries_max as usize)
        .linear_memory_keep_resident(KEPT_BYTES)
        .table_keep_resident(limits.table_entries_max as usize * size_of::<usize>())
        // Zero only what was touched, where the kernel can tell.
        .pagemap_scan(Enabled::Auto);
    pool
}

fn features(config: &mut Config, limits: &AbiLimits) {
    config
        .wasm_features(WasmFeatures::all(), false)
        .wasm_features(
            WasmFeatures::MUTABLE_GLOBAL
                | WasmFeatures::SIGN_EXTENSION
                | WasmFeatures::BULK_MEMORY_OPT
                | WasmFeatures::BULK_MEMORY
                // Only for the long encoding of `call_indirect`.
                | WasmFeatures::CALL_INDIRECT_OVERLONG,
            true,
        )
        .wasm_features(WasmFeatures::MULTI_VALUE, limits.results_max > 1)
        .wasm_features(
            WasmFeatures::FLOATS | WasmFeatures::SATURATING_FLOAT_TO_INT,
            limits.floats,
        );
}
