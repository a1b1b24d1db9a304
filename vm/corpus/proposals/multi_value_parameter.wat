;; incident: A block with a parameter.
(module
    (func (export "call") (i32.const 1) (block (param i32) (drop))))
