;; incident: The `upgrade` of the new code traps: the caller sees a code, and the old code serves on.
;; input: code
(module
    (import "argosy" "input_read" (func $input_read (param i32 i32 i32)))
    (import "argosy" "upgrade_self" (func $upgrade_self (param i32 i32 i32) (result i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (@custom "argosy.manifest" "\01\0f\00\00\00")
    (memory (export "memory") 1)
    (func (export "upgrade") (unreachable))
    (func (export "call")
        (call $input_read (i32.const 0) (i32.const 0) (i32.const 32))
        (i32.store8 (i32.const 400) (call $upgrade_self (i32.const 0) (i32.const 0) (i32.const 0)))
        (call $finish (i32.const 400) (i32.const 1))))
