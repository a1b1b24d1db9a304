;; incident: Loads of each width that end with the memory.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (drop (i32.load8_u (i32.const 65535)))
        (drop (i32.load16_s (i32.const 65534)))
        (drop (i32.load (i32.const 65532)))
        (drop (i64.load (i32.const 65528)))
        (drop (i64.load32_u (i32.const 65532)))))
