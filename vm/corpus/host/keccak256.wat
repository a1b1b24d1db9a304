;; incident: `keccak256` of what lies outside, to where nothing lies, and over its own input. Each attempt runs
;;   in a frame of its own; the statuses come back in order.
(module
    (import "argosy" "input_len" (func $input_len (result i32)))
    (import "argosy" "input_read" (func $input_read (param i32 i32 i32)))
    (import "argosy" "self_address" (func $self_address (param i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (import "argosy" "keccak256" (func $keccak256 (param i32 i32 i32)))
    (@custom "argosy.manifest" "\01\0f\00\00\00")
    (memory (export "memory") 1)
    (func $is (param i32) (result i32) (i32.eq (local.get 0) (i32.load8_u (i32.const 60000))))
    (func $attack
        (call $input_read (i32.const 60000) (i32.const 0) (i32.const 1))
        (if (call $is (i32.const 0)) (then (call $keccak256 (i32.const 65536) (i32.const 1) (i32.const 0))))
        (if (call $is (i32.const 1)) (then (call $keccak256 (i32.const -1) (i32.const 1) (i32.const 0))))
        (if (call $is (i32.const 2)) (then (call $keccak256 (i32.const -8) (i32.const 16) (i32.const 0))))  ;; wraps
        (if (call $is (i32.const 3)) (then (call $keccak256 (i32.const 0) (i32.const -1) (i32.const 0))))
        (if (call $is (i32.const 4)) (then (call $keccak256 (i32.const 0) (i32.const 0) (i32.const 65536))))
        (if (call $is (i32.const 5)) (then (call $keccak256 (i32.const 0) (i32.const 0) (i32.const 65505))))  ;; one byte across
        (if (call $is (i32.const 6)) (then (call $keccak256 (i32.const 0) (i32.const 0) (i32.const -1))))
        (if (call $is (i32.const 7)) (then (call $keccak256 (i32.const 0) (i32.const 64) (i32.const 16))))  ;; over its input
        (if (call $is (i32.const 8)) (then (call $keccak256 (i32.const 0) (i32.const 65536) (i32.const 0))))  ;; all of the memory, over its beginning
        (if (call $is (i32.const 9)) (then (call $keccak256 (i32.const 65536) (i32.const 0) (i32.const 0))))  ;; nothing
        (if (call $is (i32.const 10)) (then (call $keccak256 (i32.const 65537) (i32.const 0) (i32.const 0))))
        (if (call $is (i32.const 11)) (then (call $keccak256 (i32.const 0) (i32.const 0) (i32.const -32)))))
    (func (export "call") (local $i i32)
        (if (call $input_len) (then (call $attack) (return)))
        (call $self_address (i32.const 0))
        (loop $next
            (i32.store8 (i32.const 64) (local.get $i))
            (i32.store8 offset=100 (local.get $i)
                (call $call (i32.const 0) (i32.const 32) (i64.const 600000) (i32.const 1) (i32.const 64) (i32.const 1)))
            (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 12))))
        (call $finish (i32.const 100) (i32.const 12))))
