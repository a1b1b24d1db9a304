;; incident: An atomic addition.
(module
    (memory (export "memory") 1)
    (func (export "call") (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))))
