//! wasmi, switched to what the chain needs. Nothing is left at its default.
//!
//! The module was validated before, by our rules; these switches are the second line, and keep code
//! that we never meant to run from ever being translated.

use argosy_spec::AbiLimits;
use wasmi::{CompilationMode, Config, EnforcedLimits};

/// Frames on the guest's stack. The instrumented depth ends a call long before: every frame takes
/// at least one of at most 65 536 words.
const FRAMES_MAX: usize = 1 << 20;
/// Bytes of the guest's stack: 128 times the largest that a chain may allow.
const STACK_BYTES_MAX: usize = 64 << 20;
/// Bytes of a new guest's stack: enough for ordinary calls without growing.
const STACK_BYTES_MIN: usize = 4 << 10;
/// Stacks kept for the next calls of a module.
const STACKS_KEPT: usize = 4;

/// The configuration for modules of an ABI.
pub(crate) fn config(limits: &AbiLimits) -> Config {
    let mut config = Config::default();
    config
        // Translate all when loading: no lazy work inside a call, no state between calls.
        .compilation_mode(CompilationMode::Eager)
        // Gas is instrumented.
        .consume_fuel(false)
        .allow_start_fn(false)
        .ignore_custom_sections(true)
        // `prepare` has tighter ones.
        .enforced_limits(EnforcedLimits::default())
        .set_max_recursion_depth(FRAMES_MAX)
        .set_max_stack_height(STACK_BYTES_MAX)
        .set_min_stack_height(STACK_BYTES_MIN)
        .set_max_cached_stacks(STACKS_KEPT);
    features(&mut config, limits);
    config
}

fn features(config: &mut Config, limits: &AbiLimits) {
    config
        .wasm_mutable_global(true)
        .wasm_sign_extension(true)
        .wasm_bulk_memory(true)
        // Only for the long encoding of `call_indirect`.
        .wasm_reference_types(true)
        .wasm_multi_value(limits.results_max > 1)
        .floats(limits.floats)
        .wasm_saturating_float_to_int(limits.floats)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_extended_const(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false);
    // memory64 and SIMD are not compiled in: wasmi's cargo features leave them out.
}
