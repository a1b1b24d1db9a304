//! Features of WebAssembly that contracts may not use: their names and how to build without them.
//!
//! Invariant: an operator is accepted only if [`refused_feature`] knows it; a feature that a later
//! wasmparser adds is refused until somebody decides.
//! Not here: operators' prices (`price`).

use argosy_spec::AbiLimits;
use wasmparser::{Operator, ValType, WasmFeatures};

/// A part of WebAssembly that is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// Floating-point types and instructions.
    Floats,
    /// 128-bit vectors, relaxed or not.
    Simd,
    /// Atomics, shared memory.
    Threads,
    /// Calls that replace their frame.
    TailCall,
    /// Functions and blocks with several results.
    MultiValue,
    /// More than one linear memory.
    MultiMemory,
    /// Memories and tables with 64-bit addresses.
    Memory64,
    /// Passive segments and what copies or drops them; `table.copy`.
    BulkMemory,
    /// References as values; instructions on tables.
    ReferenceTypes,
    /// Throwing and catching.
    Exceptions,
    /// Garbage-collected types and typed function references.
    Gc,
    /// Arithmetic in constant expressions.
    ExtendedConst,
    /// Components in place of core modules.
    Components,
    /// Anything else, all of it experimental.
    Experimental,
}

impl Feature {
    /// Every feature.
    pub const ALL: [Feature; 14] = [
        Feature::Floats,
        Feature::Simd,
        Feature::Threads,
        Feature::TailCall,
        Feature::MultiValue,
        Feature::MultiMemory,
        Feature::Memory64,
        Feature::BulkMemory,
        Feature::ReferenceTypes,
        Feature::Exceptions,
        Feature::Gc,
        Feature::ExtendedConst,
        Feature::Components,
        Feature::Experimental,
    ];

    /// Stable name, for tools.
    pub const fn as_str(self) -> &'static str {
        match self {
            Feature::Floats => "floats",
            Feature::Simd => "simd",
            Feature::Threads => "threads",
            Feature::TailCall => "tail-call",
            Feature::MultiValue => "multi-value",
            Feature::MultiMemory => "multi-memory",
            Feature::Memory64 => "memory64",
            Feature::BulkMemory => "bulk-memory",
            Feature::ReferenceTypes => "reference-types",
            Feature::Exceptions => "exceptions",
            Feature::Gc => "gc",
            Feature::ExtendedConst => "extended-const",
            Feature::Components => "components",
            Feature::Experimental => "experimental",
        }
    }

    /// What to do about it.
    pub const fn hint(self) -> &'static str {
        match self {
            Feature::Floats => {
                "use integers or fixed-point numbers; look for a dependency that computes, reads \
                 or prints floats"
            }
            Feature::Simd => "build with RUSTFLAGS=\"-C target-feature=-simd128,-relaxed-simd\"",
            Feature::Threads => {
                "build with RUSTFLAGS=\"-C target-feature=-atomics\" and without --shared-memory"
            }
            Feature::TailCall => "build with RUSTFLAGS=\"-C target-feature=-tail-call\"",
            Feature::MultiValue => "build with RUSTFLAGS=\"-C target-feature=-multivalue\"",
            Feature::MultiMemory => "build with RUSTFLAGS=\"-C target-feature=-multimemory\"",
            Feature::Memory64 => "build for the target wasm32-unknown-unknown",
            Feature::BulkMemory => {
                "only memory.copy and memory.fill are allowed; build without --shared-memory and \
                 --passive-segments, or with RUSTFLAGS=\"-C target-cpu=mvp\""
            }
            Feature::ReferenceTypes => {
                "build with RUSTFLAGS=\"-C target-feature=-reference-types\", or with \
                 \"-C target-cpu=mvp\""
            }
            Feature::Exceptions => "build with panic = \"abort\" in the release profile",
            Feature::Gc => "build for linear memory: Rust, C and Zig do",
            Feature::ExtendedConst => "build with RUSTFLAGS=\"-C target-feature=-extended-const\"",
            Feature::Components => {
                "upload a core module: build for wasm32-unknown-unknown, not for wasm32-wasip2"
            }
            Feature::Experimental => "build with RUSTFLAGS=\"-C target-cpu=mvp\"",
        }
    }

    /// The feature behind a flag of wasmparser.
    pub(crate) fn of_flag(flag: WasmFeatures) -> Feature {
        const TABLE: &[(WasmFeatures, Feature)] = &[
            (WasmFeatures::FLOATS, Feature::Floats),
            (WasmFeatures::SATURATING_FLOAT_TO_INT, Feature::Floats),
            (WasmFeatures::SIMD, Feature::Simd),
            (WasmFeatures::RELAXED_SIMD, Feature::Simd),
            (WasmFeatures::THREADS, Feature::Threads),
            (WasmFeatures::SHARED_EVERYTHING_THREADS, Feature::Threads),
            (WasmFeatures::TAIL_CALL, Feature::TailCall),
            (WasmFeatures::MULTI_VALUE, Feature::MultiValue),
            (WasmFeatures::MULTI_MEMORY, Feature::MultiMemory),
            (WasmFeatures::MEMORY64, Feature::Memory64),
            (WasmFeatures::BULK_MEMORY, Feature::BulkMemory),
            (WasmFeatures::REFERENCE_TYPES, Feature::ReferenceTypes),
            (WasmFeatures::EXCEPTIONS, Feature::Exceptions),
            (WasmFeatures::LEGACY_EXCEPTIONS, Feature::Exceptions),
            (WasmFeatures::GC, Feature::Gc),
            (WasmFeatures::GC_TYPES, Feature::Gc),
            (WasmFeatures::FUNCTION_REFERENCES, Feature::Gc),
            (WasmFeatures::CUSTOM_DESCRIPTORS, Feature::Gc),
            (WasmFeatures::EXTENDED_CONST, Feature::ExtendedConst),
            (WasmFeatures::COMPONENT_MODEL, Feature::Components),
        ];
        let found = TABLE.iter().find(|(known, _)| flag == *known);
        found.map_or(Feature::Experimental, |(_, feature)| *feature)
    }

    /// The feature because of which a value type is refused; `None` for those that are accepted.
    pub(crate) fn of_type(ty: ValType, limits: &AbiLimits) -> Option<Feature> {
        match ty {
            ValType::I32 | ValType::I64 => None,
            ValType::F32 | ValType::F64 if limits.floats => None,
            ValType::F32 | ValType::F64 => Some(Feature::Floats),
            ValType::V128 => Some(Feature::Simd),
            ValType::Ref(_) => Some(Feature::ReferenceTypes),
        }
    }
}

/// What wasmparser accepts for modules of an ABI with these limits.
pub(crate) fn accepted_features(limits: &AbiLimits) -> WasmFeatures {
    let mut features = WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::BULK_MEMORY_OPT // memory.copy and memory.fill alone
        | WasmFeatures::CALL_INDIRECT_OVERLONG; // the encoding alone
    features.set(WasmFeatures::MULTI_VALUE, limits.results_max > 1);
    let floats = WasmFeatures::FLOATS | WasmFeatures::SATURATING_FLOAT_TO_INT;
    features.set(floats, limits.floats);
    features
}

/// The feature because of which an operator is refused; `None` for those that are accepted.
pub(crate) fn refused_feature(operator: &Operator<'_>, limits: &AbiLimits) -> Option<Feature> {
    macro_rules! proposals {
        ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            match operator {
                $( Operator::$op { .. } => stringify!($proposal), )*
                _ => "unknown",
            }
        };
    }
    if is_accepted(operator) {
        return None;
    }
    let feature = match wasmparser::for_each_operator!(proposals) {
        // All of the first version but its floats is accepted.
        "mvp" | "saturating_float_to_int" if limits.floats => return None,
        "mvp" | "saturating_float_to_int" => Feature::Floats,
        "simd" | "relaxed_simd" => Feature::Simd,
        "threads" | "shared_everything_threads" => Feature::Threads,
        "tail_call" => Feature::TailCall,
        "bulk_memory" => Feature::BulkMemory,
        "reference_types" => Feature::ReferenceTypes,
        "exceptions" | "legacy_exceptions" => Feature::Exceptions,
        "gc" | "function_references" | "custom_descriptors" => Feature::Gc,
        _ => Feature::Experimental,
    };
    Some(feature)
}

#[rustfmt::skip]
fn is_accepted(operator: &Operator<'_>) -> bool {
    use Operator::*;
    matches!(
        operator,
        // Control.
        Unreachable | Nop | Block { .. } | Loop { .. } | If { .. } | Else | End
        | Br { .. } | BrIf { .. } | BrTable { .. } | Return | Call { .. } | CallIndirect { .. }
        // Values and variables.
        | Drop | Select | LocalGet { .. } | LocalSet { .. } | LocalTee { .. }
        | GlobalGet { .. } | GlobalSet { .. } | I32Const { .. } | I64Const { .. }
        // Memory.
        | I32Load { .. } | I32Load8S { .. } | I32Load8U { .. } | I32Load16S { .. }
        | I32Load16U { .. } | I64Load { .. } | I64Load8S { .. } | I64Load8U { .. }
        | I64Load16S { .. } | I64Load16U { .. } | I64Load32S { .. } | I64Load32U { .. }
        | I32Store { .. } | I32Store8 { .. } | I32Store16 { .. } | I64Store { .. }
        | I64Store8 { .. } | I64Store16 { .. } | I64Store32 { .. }
        | MemorySize { .. } | MemoryGrow { .. } | MemoryCopy { .. } | MemoryFill { .. }
        // Comparisons.
        | I32Eqz | I32Eq | I32Ne | I32LtS | I32LtU | I32GtS | I32GtU | I32LeS | I32LeU
        | I32GeS | I32GeU | I64Eqz | I64Eq | I64Ne | I64LtS | I64LtU | I64GtS | I64GtU
        | I64LeS | I64LeU | I64GeS | I64GeU
        // Arithmetic.
        | I32Clz | I32Ctz | I32Popcnt | I32Add | I32Sub | I32Mul | I32DivS | I32DivU | I32RemS
        | I32RemU | I32And | I32Or | I32Xor | I32Shl | I32ShrS | I32ShrU | I32Rotl | I32Rotr
        | I64Clz | I64Ctz | I64Popcnt | I64Add | I64Sub | I64Mul | I64DivS | I64DivU | I64RemS
        | I64RemU | I64And | I64Or | I64Xor | I64Shl | I64ShrS | I64ShrU | I64Rotl | I64Rotr
        // Conversions.
        | I32WrapI64 | I64ExtendI32S | I64ExtendI32U | I32Extend8S | I32Extend16S
        | I64Extend8S | I64Extend16S | I64Extend32S
    )
}

/// The name of an operator as it is written in text, such as `i32.trunc_f32_s`.
pub(crate) fn operator_name(operator: &Operator<'_>) -> String {
    macro_rules! names {
        ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            match operator {
                $( Operator::$op { .. } => stringify!($visit), )*
                _ => "visit_unknown",
            }
        };
    }
    let name = wasmparser::for_each_operator!(names).trim_start_matches("visit_");
    const WITH_DOT: &[&str] = &[
        "i32", "i64", "f32", "f64", "v128", "i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2",
        "memory", "data", "table", "elem", "ref", "struct", "array", "i31", "global", "atomic",
    ];
    match name.split_once('_') {
        Some((prefix, rest)) if WITH_DOT.contains(&prefix) => format!("{prefix}.{rest}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> AbiLimits {
        argosy_spec::ChainSpec::dev().native_limits().clone()
    }

    #[test]
    fn refused_operators_are_named() {
        let memarg = wasmparser::MemArg {
            align: 0,
            max_align: 0,
            offset: 0,
            memory: 0,
        };
        let cases = [
            (Operator::F32Add, Feature::Floats, "f32.add"),
            (
                Operator::I32TruncSatF32S,
                Feature::Floats,
                "i32.trunc_sat_f32_s",
            ),
            (Operator::AtomicFence, Feature::Threads, "atomic.fence"),
            (
                Operator::I32AtomicLoad { memarg },
                Feature::Threads,
                "i32.atomic_load",
            ),
            (
                Operator::ReturnCall { function_index: 0 },
                Feature::TailCall,
                "return_call",
            ),
            (
                Operator::DataDrop { data_index: 0 },
                Feature::BulkMemory,
                "data.drop",
            ),
            (
                Operator::TableGrow { table: 0 },
                Feature::ReferenceTypes,
                "table.grow",
            ),
            (Operator::ThrowRef, Feature::Exceptions, "throw_ref"),
            (Operator::RefEq, Feature::Gc, "ref.eq"),
            (Operator::I64Add128, Feature::Experimental, "i64.add128"),
        ];
        for (operator, feature, name) in cases {
            assert_eq!(
                refused_feature(&operator, &limits()),
                Some(feature),
                "{name}"
            );
            assert_eq!(operator_name(&operator), name);
        }
    }

    #[test]
    fn every_integer_operator_of_the_first_version_is_accepted() {
        assert_eq!(refused_feature(&Operator::I32Extend8S, &limits()), None);
        assert_eq!(
            refused_feature(&Operator::MemoryFill { mem: 0 }, &limits()),
            None
        );
        assert_eq!(refused_feature(&Operator::Select, &limits()), None);
    }

    #[test]
    fn floats_are_a_matter_of_the_abi() {
        let floats = AbiLimits {
            floats: true,
            ..limits()
        };
        for operator in [Operator::F32Add, Operator::I32TruncSatF32S] {
            assert_eq!(refused_feature(&operator, &floats), None);
        }
        let vector = Operator::I8x16Splat;
        assert_eq!(refused_feature(&vector, &floats), Some(Feature::Simd));
        assert_eq!(Feature::of_type(ValType::F64, &floats), None);
        assert_eq!(
            Feature::of_type(ValType::V128, &floats),
            Some(Feature::Simd)
        );
    }
}
