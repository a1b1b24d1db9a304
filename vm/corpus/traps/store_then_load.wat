;; incident: A load that takes what a store of another width just wrote.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (i64.store (i32.const 0) (i64.const 0x8899aabbccddeeff))
        (i32.store8 (i32.const 3) (i32.const 0x11))
        (if (i64.ne (i64.load (i32.const 0)) (i64.const 0x8899aabb11ddeeff)) (then (unreachable)))
        (if (i32.ne (i32.load16_s (i32.const 0)) (i32.const -4353)) (then (unreachable)))
        (if (i64.ne (i64.load32_s (i32.const 4)) (i64.const -2003195205)) (then (unreachable)))))
