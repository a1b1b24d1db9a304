;; incident: A failed read must not leave the value of the read before it in the register.
(module
    (import "argosy" "storage_set" (func $storage_set (param i32 i32 i32 i32)))
    (import "argosy" "storage_get" (func $storage_get (param i32 i32 i32 i32) (result i64)))
    (import "argosy" "result_len" (func $result_len (result i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "call")
        (call $storage_set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 9))
        (drop (call $storage_get (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))
        (i32.store (i32.const 100) (call $result_len))
        (drop (call $storage_get (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 0)))
        (i32.store (i32.const 104) (call $result_len))
        (call $finish (i32.const 100) (i32.const 8))))
