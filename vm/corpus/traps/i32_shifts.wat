;; incident: Shifts by the width and more count modulo the width, unlike in C.
(module
    (func (export "call") (local i32)
        (local.set 0 (i32.const 1))
        (if (i32.ne (i32.const 1) (i32.shl (local.get 0) (i32.const 32))) (then (unreachable)))
        (if (i32.ne (i32.const 2) (i32.shl (local.get 0) (i32.const 33))) (then (unreachable)))
        (if (i32.ne (i32.const 1) (i32.shr_u (i32.const -1) (i32.const 63))) (then (unreachable)))
        (if (i32.ne (i32.const -2) (i32.shr_s (i32.const -8) (i32.const 34))) (then (unreachable)))
        (if (i32.ne (i32.const 16) (i32.rotl (local.get 0) (i32.const 100))) (then (unreachable)))
        (if (i32.ne (i32.const 2) (i32.rotr (local.get 0) (i32.const -1))) (then (unreachable)))))
