;; incident: The `upgrade` of the new code upgrades again, and so on.
;; input: code
(module
    (import "argosy" "input_read" (func $input_read (param i32 i32 i32)))
    (import "argosy" "upgrade_self" (func $upgrade_self (param i32 i32 i32) (result i32)))
    (import "argosy" "result_len" (func $result_len (result i32)))
    (import "argosy" "result_read" (func $result_read (param i32 i32 i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (@custom "argosy.manifest" "\01\0f\00\00\00")
    (memory (export "memory") 1)
    (func $again (export "upgrade")
        (call $input_read (i32.const 0) (i32.const 0) (i32.const 32))
        (i32.store8 (i32.const 400) (call $upgrade_self (i32.const 0) (i32.const 0) (i32.const 32)))
        (call $result_read (i32.const 401) (i32.const 0) (call $result_len))
        (call $finish (i32.const 400) (i32.add (i32.const 1) (call $result_len))))
    (func (export "call") (call $again)))
