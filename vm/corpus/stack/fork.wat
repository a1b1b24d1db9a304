;; incident: Two calls in each frame: the tree is as deep as the stack and never done.
(module
    (func $down (param i32) (call $down (i32.const 0)) (call $down (i32.const 1)))
    (func (export "call") (call $down (i32.const 0))))
