;; incident: New contracts as fast as gas allows, each with a deposit.
;; input: code
(module
    (import "argosy" "input_read" (func $input_read (param i32 i32 i32)))
    (import "argosy" "instantiate" (func $instantiate (param i32 i32 i32 i32 i64 i32 i32 i32) (result i32)))
    (@custom "argosy.manifest" "\01\0f\00\00\00")
    (memory (export "memory") 1)
    (func $make (param $salt i32) (result i32)
        (i32.store (i32.const 100) (local.get $salt))
        (call $instantiate (i32.const 0) (i32.const 100) (i32.const -1) (i32.const 200) (i64.const 0) (i32.const 0) (i32.const 32) (i32.const 300)))
    (func (export "call") (local $i i32)
        (call $input_read (i32.const 0) (i32.const 0) (i32.const 32))
        (loop $again
            (drop (call $make (local.get $i)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $again))))
