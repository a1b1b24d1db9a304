//! Limits: what a block, a transaction, a call and a contract's module may be at most.
//!
//! Invariant: every limit here is consensus: a node that applied another one would fork.
//! Not here: limits of a single node (mempool, RPC), which are its own configuration.

bounded! {
    /// Limits of the chain itself, the same for every ABI.
    pub struct ChainLimits {
        /// Encoded block, in bytes.
        block_size_bytes_max: u32 = 65_536..=8_388_608,
        /// Gas of all transactions of a block.
        block_gas_max: u64 = 1_000_000..=10_000_000_000,
        /// Encoded signed transaction, in bytes.
        tx_size_bytes_max: u32 = 1_024..=4_194_304,
        /// Gas limit a transaction may ask for.
        tx_gas_max: u64 = 100_000..=10_000_000_000,
        /// How many blocks ahead a transaction may stay valid.
        valid_blocks_max: u64 = 1..=31_536_000,
        /// Actions in one transaction.
        actions_max: u32 = 1..=16,
        /// Pieces of evidence in one block.
        evidence_max: u32 = 1..=16,
        /// Age in blocks up to which evidence counts.
        evidence_age_blocks_max: u64 = 1..=31_536_000,
        /// Key of a contract's storage entry, in bytes.
        storage_key_bytes_max: u32 = 32..=1_024,
        /// Value of a contract's storage entry, in bytes.
        storage_value_bytes_max: u32 = 1_024..=1_048_576,
        /// Input and return data of a call, in bytes.
        data_bytes_max: u32 = 1_024..=1_048_576,
        /// Data of one event, in bytes.
        event_bytes_max: u32 = 256..=65_536,
        /// Topics of one event.
        event_topics_max: u32 = 1..=4,
        /// Events of one transaction.
        events_max: u32 = 1..=65_536,
        /// Entries one range read returns.
        range_entries_max: u32 = 1..=4_096,
        /// Keys and values one range read returns, in bytes.
        range_bytes_max: u32 = 4_096..=4_194_304,
        /// Contracts that may be on the call stack at once.
        call_depth_max: u32 = 1..=16,
        /// Instrumented code that counts as recently used (charged the hot load price), in bytes.
        hot_set_bytes_max: u64 = 4_194_304..=1_073_741_824,
    }
}

bounded! {
    /// How long validators wait for each other, and how fast blocks follow.
    ///
    /// Round `r` waits for its proposal `propose_timeout_ms + r · propose_timeout_delta_ms`, for
    /// votes likewise.
    pub struct ConsensusTimes {
        /// From one block to the next while all goes well; 0: as fast as validators can.
        target_time_ms: u64 = 0..=60_000,
        /// For the first round's proposal.
        propose_timeout_ms: u64 = 50..=60_000,
        /// More with each round.
        propose_timeout_delta_ms: u64 = 0..=60_000,
        /// For missing votes of the first round.
        vote_timeout_ms: u64 = 50..=60_000,
        /// More with each round.
        vote_timeout_delta_ms: u64 = 0..=60_000,
        /// How far a new proposal's time may lie before or after a validator's clock.
        clock_drift_ms_max: u64 = 100..=60_000,
        /// A validator is absent that is in none of so many certificates in a row.
        absence_blocks: u64 = 4..=1_024,
    }
}

bounded! {
    /// Limits of a contract's Wasm module, one column per ABI.
    ///
    /// The maxima stay below the implicit limits of every engine (wasmparser 0.254, wasmi 2.0,
    /// wasmtime 48) and below what makes compilation super-linear.
    pub struct AbiLimits {
        /// Module as uploaded, in bytes.
        code_bytes_max: u32 = 1_024..=1_048_576,
        /// Module after instrumentation, in bytes.
        instrumented_bytes_max: u32 = 4_096..=4_194_304,
        /// Body of one function as uploaded, in bytes.
        body_bytes_max: u32 = 256..=131_072,
        /// Functions defined in the module.
        functions_max: u32 = 1..=20_000,
        /// Function types.
        types_max: u32 = 1..=1_000,
        /// Parameters of one function type.
        params_max: u32 = 1..=100,
        /// Results of one function type; above 1 the multi-value proposal is on.
        results_max: u32 = 1..=16,
        /// Floating-point types and instructions, their NaN results made canonical.
        floats: bool = 0..=1,
        /// Locals of one function, parameters included.
        locals_function_max: u32 = 16..=1_024,
        /// Locals of all functions, parameters included.
        locals_max: u32 = 64..=50_000,
        /// Values on the operand stack of one function.
        operands_function_max: u32 = 64..=4_096,
        /// Nesting of block, loop and if inside a function.
        nesting_max: u32 = 8..=256,
        /// Loops around one instruction.
        nesting_loops_max: u32 = 4..=64,
        /// Metered blocks of one function.
        blocks_function_max: u32 = 64..=5_000,
        /// Metered blocks of the module.
        blocks_max: u32 = 64..=100_000,
        /// Targets of one `br_table`, default included.
        br_table_targets_max: u32 = 16..=1_024,
        /// Targets of all `br_table` instructions.
        br_table_targets_module_max: u32 = 16..=16_384,
        /// Imported functions.
        imports_max: u32 = 1..=128,
        /// Exports.
        exports_max: u32 = 4..=128,
        /// Globals.
        globals_max: u32 = 1..=1_024,
        /// Entries of the only table.
        table_entries_max: u32 = 1..=4_096,
        /// Entries of all element segments.
        element_entries_max: u32 = 1..=4_096,
        /// Data segments.
        data_segments_max: u32 = 1..=1_024,
        /// Initial memory, in pages of 64 KiB.
        memory_initial_pages_max: u32 = 1..=512,
        /// Memory after growth, in pages of 64 KiB.
        memory_pages_max: u32 = 1..=512,
        /// Name of an import or export, in bytes.
        name_bytes_max: u32 = 16..=512,
        /// All `argosy.abi` sections together, in bytes.
        abi_bytes_max: u32 = 1_024..=1_048_576,
        /// Depth of the guest's stack, in words (values of 64 bits).
        stack_words_max: u32 = 1_024..=65_536,
    }
}
