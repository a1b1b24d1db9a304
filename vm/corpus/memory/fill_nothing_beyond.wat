;; incident: A fill of no bytes at the end, which is allowed, and one behind it, which is not.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (memory.fill (i32.const 65536) (i32.const 1) (i32.const 0))
        (memory.fill (i32.const 65537) (i32.const 1) (i32.const 0))))
