;; incident: The number of pages does not fit anything.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (if (i32.ne (memory.grow (i32.const -1)) (i32.const -1)) (then (unreachable)))))
