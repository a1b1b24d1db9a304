;; incident: Address plus offset is computed in 33 bits: it must not come round to the beginning.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (drop (i32.load offset=0xffffffff (i32.const 1)))))
