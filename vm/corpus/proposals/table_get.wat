;; incident: A read of the table as a value.
(module
    (table 1 funcref)
    (func (export "call") (drop (table.get 0 (i32.const 0)))))
