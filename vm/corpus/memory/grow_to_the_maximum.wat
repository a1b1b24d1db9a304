;; incident: All the memory there may be, in one step, and its last byte.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (if (i32.ne (memory.grow (i32.const 255)) (i32.const 1)) (then (unreachable)))
        (i32.store8 (i32.const 0xffffff) (i32.const 1))))
