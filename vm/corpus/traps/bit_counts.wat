;; incident: Counts of zeros of zero: undefined on old processors and in C.
(module
    (func (export "call") (local i32 i64)
        (if (i32.ne (i32.const 32) (i32.clz (local.get 0))) (then (unreachable)))
        (if (i32.ne (i32.const 32) (i32.ctz (local.get 0))) (then (unreachable)))
        (if (i32.ne (i32.const 64) (i32.wrap_i64 (i64.clz (local.get 1)))) (then (unreachable)))
        (if (i32.ne (i32.const 64) (i32.wrap_i64 (i64.ctz (local.get 1)))) (then (unreachable)))
        (if (i32.ne (i32.const 32) (i32.popcnt (i32.const -1))) (then (unreachable)))))
