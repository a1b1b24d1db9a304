;; incident: The contract that was just created is called in the same frame.
;; input: code
(module
    (import "argosy" "input_len" (func $input_len (result i32)))
    (import "argosy" "input_read" (func $input_read (param i32 i32 i32)))
    (import "argosy" "instantiate" (func $instantiate (param i32 i32 i32 i32 i64 i32 i32 i32) (result i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (@custom "argosy.manifest" "\01\0f\00\00\00")
    (memory (export "memory") 1)
    (func $make (param $salt i32) (result i32)
        (i32.store (i32.const 100) (local.get $salt))
        (call $instantiate (i32.const 0) (i32.const 100) (i32.const -1) (i32.const 200) (i64.const 0) (i32.const 0) (i32.const 32) (i32.const 300)))
    (func (export "call")
        (if (i32.eqz (call $input_len)) (then (return)))
        (call $input_read (i32.const 0) (i32.const 0) (i32.const 32))
        (i32.store8 (i32.const 400) (call $make (i32.const 1)))
        (i32.store8 (i32.const 401) (call $call (i32.const 300) (i32.const 200) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
        (call $finish (i32.const 400) (i32.const 2))))
