;; incident: `storage_get` of a value that is there, into buffers that overlap its key, are too small, or lie
;;   outside. Each attempt runs in a frame of its own; the statuses come back in order.
(module
    (import "argosy" "input_len" (func $input_len (result i32)))
    (import "argosy" "input_read" (func $input_read (param i32 i32 i32)))
    (import "argosy" "self_address" (func $self_address (param i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (import "argosy" "storage_set" (func $storage_set (param i32 i32 i32 i32)))
    (import "argosy" "storage_get" (func $storage_get (param i32 i32 i32 i32) (result i64)))
    (@custom "argosy.manifest" "\01\0f\00\00\00")
    (memory (export "memory") 1)
    (func $is (param i32) (result i32) (i32.eq (local.get 0) (i32.load8_u (i32.const 60000))))
    (func $attack
        (call $input_read (i32.const 60000) (i32.const 0) (i32.const 1))
        (call $storage_set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 3))
        (if (call $is (i32.const 0)) (then (drop (call $storage_get (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 3)))))  ;; over the key
        (if (call $is (i32.const 1)) (then (drop (call $storage_get (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 2)))))  ;; too small: nothing is written
        (if (call $is (i32.const 2)) (then (drop (call $storage_get (i32.const 0) (i32.const 1) (i32.const 65533) (i32.const 3)))))
        (if (call $is (i32.const 3)) (then (drop (call $storage_get (i32.const 0) (i32.const 1) (i32.const 65534) (i32.const 3)))))
        (if (call $is (i32.const 4)) (then (drop (call $storage_get (i32.const 0) (i32.const 1) (i32.const -1) (i32.const 3)))))
        (if (call $is (i32.const 5)) (then (drop (call $storage_get (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 65535))))))
    (func (export "call") (local $i i32)
        (if (call $input_len) (then (call $attack) (return)))
        (call $self_address (i32.const 0))
        (loop $next
            (i32.store8 (i32.const 64) (local.get $i))
            (i32.store8 offset=100 (local.get $i)
                (call $call (i32.const 0) (i32.const 32) (i64.const 600000) (i32.const 1) (i32.const 64) (i32.const 1)))
            (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 6))))
        (call $finish (i32.const 100) (i32.const 6))))
