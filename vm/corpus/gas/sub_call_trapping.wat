;; incident: CosmWasm CWA-2025-004: a sub-call that fails by other than lack of gas, after much work. What it
;;   used must be paid.
(module
    (import "argosy" "input_len" (func $input_len (result i32)))
    (import "argosy" "self_address" (func $self_address (param i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (import "argosy" "gas_left" (func $gas_left (result i64)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (@custom "argosy.manifest" "\01\02\00\00\00")
    (memory (export "memory") 1)
    (func (export "call")
        (if (call $input_len) (then (call $work) (unreachable)))
        (call $self_address (i32.const 0))
        (i32.store (i32.const 100) (call $call (i32.const 0) (i32.const 64) (i64.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
        (i64.store (i32.const 104) (call $gas_left))
        (call $finish (i32.const 100) (i32.const 12)))
    (func $work (local i32) (loop $l (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 500000))))))
