;; incident: Five hundred frames deep, then a call to itself through the host, and so on: both stacks grow at
;;   once.
(module
    (import "argosy" "self_address" (func $self_address (param i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (@custom "argosy.manifest" "\01\02\00\00\00")
    (memory (export "memory") 1)
    (func $down (param i32)
        (if (local.get 0)
            (then (call $down (i32.sub (local.get 0) (i32.const 1))))
            (else (drop (call $call (i32.const 0) (i32.const 64) (i64.const 0) (i32.const 1) (i32.const 0) (i32.const 0))))))
    (func (export "call")
        (call $self_address (i32.const 0))
        (call $down (i32.const 500))))
