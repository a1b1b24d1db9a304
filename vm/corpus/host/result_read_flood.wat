;; incident: A value of full size stays in the result register and is copied out for ever.
(module
    (import "argosy" "storage_set" (func $storage_set (param i32 i32 i32 i32)))
    (import "argosy" "storage_get" (func $storage_get (param i32 i32 i32 i32) (result i64)))
    (import "argosy" "result_read" (func $result_read (param i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (call $storage_set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 65536))
        (drop (call $storage_get (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))
        (loop $again
            (call $result_read (i32.const 0) (i32.const 0) (i32.const 65536))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $again))))
