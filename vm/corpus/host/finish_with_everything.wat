;; incident: A contract returns as much data as allowed: paid by the byte like the transaction's own.
(module
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "call") (call $finish (i32.const 0) (i32.const 65536))))
