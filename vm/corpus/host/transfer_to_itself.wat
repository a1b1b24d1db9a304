;; incident: A contract pays itself all it has, a hundred times.
(module
    (import "argosy" "self_address" (func $self_address (param i32)))
    (import "argosy" "balance" (func $balance (param i32 i32)))
    (import "argosy" "transfer" (func $transfer (param i32 i32) (result i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (@custom "argosy.manifest" "\01\01\00\00\00")
    (memory (export "memory") 1)
    (func (export "call") (local $i i32)
        (call $self_address (i32.const 0))
        (call $balance (i32.const 0) (i32.const 32))
        (loop $again
            (if (call $transfer (i32.const 0) (i32.const 32)) (then (unreachable)))
            (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100))))
        (call $balance (i32.const 0) (i32.const 64))
        (call $finish (i32.const 32) (i32.const 48))))
