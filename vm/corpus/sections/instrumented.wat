;; incident: A module as the chain's own instrumentation writes it: uploaded again, it would meter itself on
;;   its own terms.
(module
    (import "argosy" "__memory_grow" (func $grow (param i32) (result i32)))
    (memory (export "memory") 1)
    (global $gas (export "__gas") (mut i64) (i64.const 0))
    (global $depth (export "__depth") (mut i32) (i32.const 0))
    (func (export "call") (global.set $gas (i64.const 9223372036854775807)) (drop (call $grow (i32.const 1)))))
