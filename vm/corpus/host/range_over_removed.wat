;; incident: A thousand entries are removed, then ranges look for the first that is left: who pays for the
;;   steps over what is gone?
(module
    (import "argosy" "storage_set" (func $storage_set (param i32 i32 i32 i32)))
    (import "argosy" "storage_remove" (func $storage_remove (param i32 i32) (result i32)))
    (import "argosy" "storage_range" (func $storage_range (param i32 i32 i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (loop $fill
            (i32.store (i32.const 0) (local.get $i))
            (call $storage_set (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 0))
            (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 300))))
        (loop $empty
            (local.set $i (i32.sub (local.get $i) (i32.const 1)))
            (i32.store (i32.const 0) (local.get $i))
            (drop (call $storage_remove (i32.const 0) (i32.const 4)))
            (br_if $empty (local.get $i)))
        (loop $again
            (drop (call $storage_range (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 0) (i32.const 1)))
            (br $again))))
