;; incident: wasmi 2.0.0 folds a comparison with zero into the `select` behind it and then reads a stale
;;   register: here by `i32.eqz` of a local.
(module
    (func $try (param i64) (result i64) (local $c i32)
        (i32.wrap_i64 (local.get 0))
        (select (i32.const 1) (local.get $c) (i32.eqz (local.get $c)))
        i32.div_u
        i64.extend_i32_u)
    (func (export "call")
        (if (i64.ne (call $try (i64.const 7)) (i64.const 7)) (then (unreachable)))))
