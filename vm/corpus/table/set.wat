;; incident: An instruction that writes the table.
(module
    (table 1 funcref)
    (func (export "call") (table.set 0 (i32.const 0) (ref.null func))))
