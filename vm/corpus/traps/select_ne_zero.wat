;; incident: wasmi 2.0.0 folds a comparison with zero into the `select` behind it and then reads a stale
;;   register: here by `i32.ne`, so that the other value is due.
(module
    (func $try (param i64) (result i64) (local $c i32)
        (i32.wrap_i64 (local.get 0))
        (select (local.get $c) (i32.const 1) (i32.ne (local.get $c) (i32.const 0)))
        i32.div_u
        i64.extend_i32_u)
    (func (export "call")
        (if (i64.ne (call $try (i64.const 7)) (i64.const 7)) (then (unreachable)))))
