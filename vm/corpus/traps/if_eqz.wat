;; incident: wasmi 2.0.0 folds a comparison with zero into the `select` behind it and then reads a stale
;;   register: the same comparison before an `if`, a `br_if` and a `br_table`.
(module
    (func $try (param i64) (result i64) (local $c i32)
        (i32.wrap_i64 (local.get 0))
        (if (result i32) (i32.eqz (local.get $c)) (then (i32.const 1)) (else (i32.const 0)))
        (block $b (result i32) (i32.const 1) (br_if $b (i32.eqz (local.get $c))) (drop) (i32.const 0))
        i32.mul
        (block $one (block $zero (br_table $zero $one (i32.eqz (local.get $c)))) (unreachable))
        i32.div_u
        i64.extend_i32_u)
    (func (export "call")
        (if (i64.ne (call $try (i64.const 7)) (i64.const 7)) (then (unreachable)))))
