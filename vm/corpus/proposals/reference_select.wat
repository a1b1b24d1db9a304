;; incident: A choice with its type written out.
(module
    (func (export "call") (drop (select (result i32) (i32.const 1) (i32.const 2) (i32.const 3)))))
