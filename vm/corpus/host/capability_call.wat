;; incident: `call` by a contract whose manifest does not ask for it.
(module
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 48) "\01")
    (func (export "call") (drop (call $call (i32.const 0) (i32.const 32) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))))
