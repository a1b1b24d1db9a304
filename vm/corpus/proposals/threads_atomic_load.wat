;; incident: An atomic load.
(module
    (memory (export "memory") 1)
    (func (export "call") (drop (i32.atomic.load (i32.const 0)))))
