;; incident: Sums and products wrap around.
(module
    (func (export "call")
        (if (i32.ne (i32.const -2147483648) (i32.add (i32.const 2147483647) (i32.const 1))) (then (unreachable)))
        (if (i32.ne (i32.const 0) (i32.mul (i32.const 65536) (i32.const 65536))) (then (unreachable)))
        (if (i32.ne (i32.const 2147483647) (i32.sub (i32.const -2147483648) (i32.const 1))) (then (unreachable)))
        (if (i32.ne (i32.const 1) (i64.eq (i64.mul (i64.const 0x100000001) (i64.const 0x100000001)) (i64.const 0x200000001))) (then (unreachable)))))
