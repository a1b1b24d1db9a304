;; incident: A function with two results.
(module
    (func (result i32 i32) (i32.const 1) (i32.const 2))
    (func (export "call")))
