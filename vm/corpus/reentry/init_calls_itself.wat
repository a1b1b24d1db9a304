;; incident: A contract that calls itself while it is being created: does it exist yet?
(module
    (import "argosy" "self_address" (func $self_address (param i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (import "argosy" "revert" (func $revert (param i32 i32)))
    (@custom "argosy.manifest" "\01\0f\00\00\00")
    (memory (export "memory") 1)
    (func (export "init")
        (call $self_address (i32.const 0))
        (i32.store8 (i32.const 100) (call $call (i32.const 0) (i32.const 64) (i64.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))
        (call $revert (i32.const 100) (i32.const 1)))
    (func (export "call")))
