;; incident: The contract is entered a second time, and the inner frame replaces the code under the outer one.
;; input: code self
(module
    (import "argosy" "input_len" (func $input_len (result i32)))
    (import "argosy" "input_read" (func $input_read (param i32 i32 i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (import "argosy" "upgrade_self" (func $upgrade_self (param i32 i32 i32) (result i32)))
    (import "argosy" "result_len" (func $result_len (result i32)))
    (import "argosy" "result_read" (func $result_read (param i32 i32 i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (@custom "argosy.manifest" "\01\0f\00\00\00")
    (memory (export "memory") 1)
    (func (export "upgrade"))
    (func (export "call")
        (call $input_read (i32.const 0) (i32.const 0) (call $input_len))
        (if (i32.eq (call $input_len) (i32.const 32)) (then
            (i32.store8 (i32.const 400) (call $upgrade_self (i32.const 0) (i32.const 0) (i32.const 0)))
            (call $finish (i32.const 400) (i32.const 1))))
        (i32.store8 (i32.const 400) (call $call (i32.const 32) (i32.const 200) (i64.const 0) (i32.const 1) (i32.const 0) (i32.const 32)))
        (call $result_read (i32.const 401) (i32.const 0) (call $result_len))
        (call $finish (i32.const 400) (i32.add (i32.const 1) (call $result_len)))))
