;; incident: A load of `f32`: bits through a float register may change.
(module
    (memory (export "memory") 1)
    (func (export "call") (drop (f32.load (i32.const 0)))))
