;; incident: `instantiate` by a contract whose manifest does not ask for it.
(module
    (import "argosy" "instantiate" (func $instantiate (param i32 i32 i32 i32 i64 i32 i32 i32) (result i32)))
    (@custom "argosy.manifest" "\01\00\00\00\00")
    (memory (export "memory") 1)
    (data (i32.const 48) "\01")
    (func (export "call") (drop (call $instantiate (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 32) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))))
