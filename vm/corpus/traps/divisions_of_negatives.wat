;; incident: Division towards zero, and remainders with the sign of what is divided.
(module
    (func (export "call")
        (if (i32.ne (i32.const -3) (i32.div_s (i32.const -7) (i32.const 2))) (then (unreachable)))
        (if (i32.ne (i32.const -1) (i32.rem_s (i32.const -7) (i32.const 2))) (then (unreachable)))
        (if (i32.ne (i32.const 1) (i32.rem_s (i32.const 7) (i32.const -2))) (then (unreachable)))
        (if (i32.ne (i32.const 2147483647) (i32.div_u (i32.const -1) (i32.const 2))) (then (unreachable)))))
