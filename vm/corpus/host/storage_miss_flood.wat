;; incident: Reads of keys that are not there: each goes all the way down to the disk.
(module
    (import "argosy" "storage_get" (func $storage_get (param i32 i32 i32 i32) (result i64)))
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (loop $again
            (i32.store (i32.const 0) (local.get $i))
            (drop (call $storage_get (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 0)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $again))))
