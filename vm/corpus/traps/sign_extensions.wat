;; incident: Sign extension of the byte that is just negative.
(module
    (func (export "call")
        (if (i32.ne (i32.const -128) (i32.extend8_s (i32.const 0x180))) (then (unreachable)))
        (if (i32.ne (i32.const -32768) (i32.extend16_s (i32.const 0x18000))) (then (unreachable)))
        (if (i32.ne (i32.const -2147483648) (i32.wrap_i64 (i64.extend32_s (i64.const 0x180000000)))) (then (unreachable)))
        (if (i32.ne (i32.const 1) (i64.eq (i64.extend8_s (i64.const 0x80)) (i64.const -128))) (then (unreachable)))
        (if (i32.ne (i32.const 1) (i64.eq (i64.extend_i32_s (i32.const -1)) (i64.const -1))) (then (unreachable)))
        (if (i32.ne (i32.const 1) (i64.eq (i64.extend_i32_u (i32.const -1)) (i64.const 0xffffffff))) (then (unreachable)))))
