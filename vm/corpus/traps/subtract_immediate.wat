;; incident: A subtraction of the least number: its negation does not exist, so it cannot be made an addition
;;   (fixed in a beta of wasmi 2).
(module
    (func (export "call") (local i32 i64)
        (if (i32.ne (i32.sub (local.get 0) (i32.const -2147483648)) (i32.const -2147483648)) (then (unreachable)))
        (if (i64.ne (i64.sub (local.get 1) (i64.const -9223372036854775808)) (i64.const -9223372036854775808)) (then (unreachable)))))
