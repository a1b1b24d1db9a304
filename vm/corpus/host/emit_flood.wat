;; incident: Empty events without end: each has a cost of its own in receipts and indexes.
(module
    (import "argosy" "emit" (func $emit (param i32 i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (loop $again
            (call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $again))))
