;; incident: Five values of full size: a range ends by bytes before it ends by entries, and its first entry
;;   always comes.
(module
    (import "argosy" "storage_set" (func $storage_set (param i32 i32 i32 i32)))
    (import "argosy" "storage_range" (func $storage_range (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "argosy" "result_len" (func $result_len (result i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (loop $fill
            (i32.store (i32.const 0) (local.get $i))
            (call $storage_set (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 65536))
            (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5))))
        (i32.store (i32.const 0) (call $storage_range (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 0) (i32.const -1)))
        (i32.store (i32.const 4) (call $result_len))
        (call $finish (i32.const 0) (i32.const 8))))
