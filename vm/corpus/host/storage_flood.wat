;; incident: New entries as fast as gas allows, all of which would stay for ever.
(module
    (import "argosy" "storage_set" (func $storage_set (param i32 i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (loop $again
            (i32.store (i32.const 0) (local.get $i))
            (call $storage_set (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 0))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $again))))
