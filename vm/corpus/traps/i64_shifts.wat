;; incident: Shifts by the width and more, for 64 bits, by amounts not known before.
(module
    (func (export "call") (local i64)
        (local.set 0 (i64.const 64))
        (if (i32.ne (i32.const 1) (i64.eq (i64.shl (i64.const 1) (local.get 0)) (i64.const 1))) (then (unreachable)))
        (if (i32.ne (i32.const 1) (i64.eq (i64.shr_u (i64.const -1) (i64.add (local.get 0) (i64.const 63))) (i64.const 1))) (then (unreachable)))
        (if (i32.ne (i32.const 1) (i64.eq (i64.shr_s (i64.const -8) (i64.or (local.get 0) (i64.const 2))) (i64.const -2))) (then (unreachable)))
        (if (i32.ne (i32.const 1) (i64.eq (i64.rotl (i64.const 1) (i64.const -1)) (i64.const 0x8000000000000000))) (then (unreachable)))))
