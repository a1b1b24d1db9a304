;; incident: A negative address is a large one.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (drop (i32.load8_u (i32.const -1)))))
