;; incident: The module declares less than the chain allows: its own maximum counts.
(module
    (memory (export "memory") 1 2)
    (func (export "call")
        (if (i32.ne (memory.grow (i32.const 2)) (i32.const -1)) (then (unreachable)))
        (if (i32.ne (memory.grow (i32.const 1)) (i32.const 1)) (then (unreachable)))
        (if (i32.ne (memory.size) (i32.const 2)) (then (unreachable)))))
