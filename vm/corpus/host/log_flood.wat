;; incident: Lines for the log of the node, as fast as gas allows: they must not fill its disk.
(module
    (import "argosy" "log" (func $log (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (loop $again
            (call $log (i32.const 0) (i32.const 16384))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $again))))
