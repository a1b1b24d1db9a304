;; incident: The gas left decides where a loop jumps: a wrong charge anywhere changes everything after it.
;; gas: 3_000_000
(module
    (import "argosy" "gas_left" (func $gas_left (result i64)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "call") (local $x i64)
        (loop $again
            (local.set $x (i64.rotl (i64.xor (local.get $x) (call $gas_left)) (i64.const 13)))
            (block $even (br_if $even (i64.eqz (i64.and (local.get $x) (i64.const 1)))) (local.set $x (i64.mul (local.get $x) (i64.const 31))))
            (br_if $again (i64.gt_u (call $gas_left) (i64.const 50000))))
        (i64.store (i32.const 0) (local.get $x))
        (call $finish (i32.const 0) (i32.const 8))))
