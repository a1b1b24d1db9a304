;; incident: The contract calls itself and said that it may.
;; input: self
(module
    (import "argosy" "input_len" (func $input_len (result i32)))
    (import "argosy" "input_read" (func $input_read (param i32 i32 i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (import "argosy" "result_len" (func $result_len (result i32)))
    (import "argosy" "result_read" (func $result_read (param i32 i32 i32)))
    (import "argosy" "emit" (func $emit (param i32 i32 i32 i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (@custom "argosy.manifest" "\01\0f\00\00\00")
    (memory (export "memory") 1)
    (func (export "call")
        (if (i32.eqz (call $input_len)) (then (call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)) (return)))
        (call $input_read (i32.const 1000) (i32.const 0) (call $input_len))
        (i32.store8 (i32.const 0) (call $call (i32.const 1000) (i32.const 100) (i64.const 0) (i32.const 1)
            (i32.const 1032) (i32.sub (call $input_len) (i32.const 32))))
        (call $result_read (i32.const 1) (i32.const 0) (call $result_len))
        (call $finish (i32.const 0) (i32.add (i32.const 1) (call $result_len)))))
