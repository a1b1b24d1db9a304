;; incident: A copy inside the table.
(module
    (table 2 funcref)
    (func (export "call") (table.copy (i32.const 0) (i32.const 1) (i32.const 1))))
