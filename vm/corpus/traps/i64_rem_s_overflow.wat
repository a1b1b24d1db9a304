;; incident: The least number modulo minus one is zero, but the division of x86 traps.
(module
    (func (export "call") (local i64)
        (local.set 0 (i64.const -9223372036854775808))
        (if (i32.eqz (i64.eqz (i64.rem_s (local.get 0) (i64.const -1)))) (then (unreachable)))))
