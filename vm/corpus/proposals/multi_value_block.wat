;; incident: A block with two results.
(module
    (func (export "call") (block (result i32 i32) (i32.const 1) (i32.const 2)) (drop) (drop)))
