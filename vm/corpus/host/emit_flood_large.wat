;; incident: Events as large as allowed without end.
(module
    (import "argosy" "emit" (func $emit (param i32 i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (loop $again
            (call $emit (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 16384))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $again))))
