;; incident: A global of `f32`.
(module
    (global f32 (f32.const 0))
    (func (export "call")))
