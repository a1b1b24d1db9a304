;; incident: The least number modulo minus one is zero, but the division of x86 traps.
(module
    (func (export "call") (local i32)
        (local.set 0 (i32.const -2147483648))
        (if (i32.eqz (i32.eqz (i32.rem_s (local.get 0) (i32.const -1)))) (then (unreachable)))))
