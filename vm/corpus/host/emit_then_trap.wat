;; incident: A thousand events, then a trap: none of them may be seen.
(module
    (import "argosy" "emit" (func $emit (param i32 i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (loop $again
            (call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
            (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
        (unreachable)))
