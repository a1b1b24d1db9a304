;; incident: A constant of `f32` and nothing else.
(module
    (func (export "call") (drop (f32.const 0.1))))
