;; incident: An instruction that reads the table.
(module
    (table 1 funcref)
    (func (export "call") (drop (table.get 0 (i32.const 0)))))
