;; incident: An instruction that fills the table.
(module
    (table 1 funcref)
    (func (export "call") (table.fill 0 (i32.const 0) (ref.null func) (i32.const 1))))
