;; incident: A memory that begins with no pages and grows.
(module
    (memory (export "memory") 0)
    (func (export "call")
        (if (memory.grow (i32.const 1)) (then (unreachable)))
        (i32.store8 (i32.const 65535) (i32.const 1))))
