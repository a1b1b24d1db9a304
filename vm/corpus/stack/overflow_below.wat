;; incident: A contract calls itself, and the inner one overflows its stack: the outer one goes on and says so.
(module
    (import "argosy" "input_len" (func $input_len (result i32)))
    (import "argosy" "self_address" (func $self_address (param i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (@custom "argosy.manifest" "\01\02\00\00\00")
    (memory (export "memory") 1)
    (func $down (call $down))
    (func (export "call")
        (if (call $input_len) (then (call $down)))
        (call $self_address (i32.const 0))
        (i32.store8 (i32.const 64) (call $call (i32.const 0) (i32.const 96) (i64.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
        (call $finish (i32.const 64) (i32.const 1))))
