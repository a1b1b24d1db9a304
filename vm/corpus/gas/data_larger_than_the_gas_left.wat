;; incident: A sub-call returns more than its caller can pay for: the caller runs out, and the sub-call is
;;   undone with it.
;; gas: 138_000
(module
    (import "argosy" "input_len" (func $input_len (result i32)))
    (import "argosy" "self_address" (func $self_address (param i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (import "argosy" "storage_set" (func $storage_set (param i32 i32 i32 i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (@custom "argosy.manifest" "\01\02\00\00\00")
    (memory (export "memory") 1)
    (func (export "call")
        (if (call $input_len) (then
            (call $storage_set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1))
            (call $finish (i32.const 0) (i32.const 65536))))
        (call $self_address (i32.const 0))
        (drop (call $call (i32.const 0) (i32.const 64) (i64.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))))
