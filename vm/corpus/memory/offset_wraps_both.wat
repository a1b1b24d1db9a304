;; incident: The largest address and the largest offset.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (i64.store offset=0xffffffff (i32.const -1) (i64.const 1))))
