;; incident: `finish` through the table, in the middle of a loop.
(module
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1)
    (type $t (func (param i32 i32)))
    (table 1 funcref)
    (elem (i32.const 0) $finish)
    (func (export "call") (loop $l (call_indirect (type $t) (i32.const 0) (i32.const 3) (i32.const 0)) (br $l))))
