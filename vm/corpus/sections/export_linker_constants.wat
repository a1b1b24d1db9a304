;; incident: What the linker exports unasked, and nobody reads.
(module
    (global (export "__data_end") i32 (i32.const 1024))
    (global (export "__heap_base") i32 (i32.const 2048))
    (func (export "call")))
