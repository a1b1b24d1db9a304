;; incident: Empty lines for the log.
(module
    (import "argosy" "log" (func $log (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (loop $again
            (call $log (i32.const 0) (i32.const 0))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $again))))
