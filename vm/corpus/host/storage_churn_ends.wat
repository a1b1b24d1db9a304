;; incident: Written and removed, then gone: what is left is a transaction without a change.
(module
    (import "argosy" "storage_set" (func $storage_set (param i32 i32 i32 i32)))
    (import "argosy" "storage_remove" (func $storage_remove (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (loop $again
            (call $storage_set (i32.const 0) (i32.const 4) (i32.const 0) (local.get $i))
            (drop (call $storage_remove (i32.const 0) (i32.const 4)))
            (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100))))))
