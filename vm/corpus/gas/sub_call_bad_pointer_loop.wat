;; incident: CosmWasm CWA-2024-008 again: a host call that fails inside a sub-call, for ever.
(module
    (import "argosy" "input_len" (func $input_len (result i32)))
    (import "argosy" "self_address" (func $self_address (param i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (@custom "argosy.manifest" "\01\02\00\00\00")
    (memory (export "memory") 1)
    (func (export "call")
        (if (call $input_len) (then (call $finish (i32.const -1) (i32.const 1))))
        (call $self_address (i32.const 0))
        (loop $again
            (drop (call $call (i32.const 0) (i32.const 64) (i64.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
            (br $again))))
