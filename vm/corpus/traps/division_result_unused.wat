;; incident: A division by zero whose result nobody wants: an optimiser may not drop the trap.
(module
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "call")
        (drop (i64.rem_u (i64.const 1) (i64.const 0)))
        (call $finish (i32.const 0) (i32.const 0))))
