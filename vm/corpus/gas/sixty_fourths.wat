;; incident: Each frame burns what it has left after calling itself with all it may pass on: what the outermost
;;   keeps is a sum of sixty-fourths.
(module
    (import "argosy" "self_address" (func $self_address (param i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (import "argosy" "gas_left" (func $gas_left (result i64)))
    (import "argosy" "result_len" (func $result_len (result i32)))
    (import "argosy" "result_read" (func $result_read (param i32 i32 i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (@custom "argosy.manifest" "\01\02\00\00\00")
    (memory (export "memory") 1)
    (func (export "call")
        (call $self_address (i32.const 0))
        (drop (call $call (i32.const 0) (i32.const 64) (i64.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))
        (i64.store (i32.const 100) (call $gas_left))
        (call $result_read (i32.const 108) (i32.const 0) (call $result_len))
        (call $finish (i32.const 100) (i32.add (i32.const 8) (call $result_len)))))
