;; incident: `call` by a contract whose manifest does not ask for it to send funds.
(module
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (@custom "argosy.manifest" "\01\02\00\00\00")
    (memory (export "memory") 1)
    (data (i32.const 48) "\01")
    (func (export "call") (drop (call $call (i32.const 0) (i32.const 48) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))))
