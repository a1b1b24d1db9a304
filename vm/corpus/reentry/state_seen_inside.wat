;; incident: The inner frame of the same contract changes what the outer one has read and then writes back: the
;;   last writer wins, on every node alike.
(module
    (import "argosy" "input_len" (func $input_len (result i32)))
    (import "argosy" "self_address" (func $self_address (param i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (import "argosy" "storage_set" (func $storage_set (param i32 i32 i32 i32)))
    (import "argosy" "storage_get" (func $storage_get (param i32 i32 i32 i32) (result i64)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (@custom "argosy.manifest" "\01\0f\00\00\00")
    (memory (export "memory") 1)
    (func (export "call")
        (if (call $input_len) (then
            (i32.store8 (i32.const 100) (i32.const 2))
            (call $storage_set (i32.const 0) (i32.const 1) (i32.const 100) (i32.const 1))
            (return)))
        (i32.store8 (i32.const 100) (i32.const 1))
        (call $storage_set (i32.const 0) (i32.const 1) (i32.const 100) (i32.const 1))
        (call $self_address (i32.const 300))
        (drop (call $call (i32.const 300) (i32.const 64) (i64.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
        (i32.store8 (i32.const 0) (i32.const 0))
        (drop (call $storage_get (i32.const 0) (i32.const 1) (i32.const 200) (i32.const 1)))
        (call $finish (i32.const 200) (i32.const 1))))
