;; incident: Sub-calls that do nothing with four megabytes of initial memory each.
(module
    (import "argosy" "input_len" (func $input_len (result i32)))
    (import "argosy" "self_address" (func $self_address (param i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (@custom "argosy.manifest" "\01\02\00\00\00")
    (memory (export "memory") 64)
    (func (export "call")
        (if (call $input_len) (then (return)))
        (call $self_address (i32.const 0))
        (loop $again
            (drop (call $call (i32.const 0) (i32.const 64) (i64.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
            (br $again))))
