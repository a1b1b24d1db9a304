;; incident: The contract sends all its funds to itself along with a call, again and again inwards.
(module
    (import "argosy" "self_address" (func $self_address (param i32)))
    (import "argosy" "balance" (func $balance (param i32 i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (@custom "argosy.manifest" "\01\0f\00\00\00")
    (memory (export "memory") 1)
    (func (export "call")
        (call $self_address (i32.const 0))
        (call $balance (i32.const 0) (i32.const 32))
        (drop (call $call (i32.const 0) (i32.const 32) (i64.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))
        (call $balance (i32.const 0) (i32.const 48))
        (call $finish (i32.const 32) (i32.const 32))))
