;; incident: A load of a vector.
(module
    (memory (export "memory") 1)
    (func (export "call") (drop (v128.load (i32.const 0)))))
