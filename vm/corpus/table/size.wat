;; incident: An instruction that asks for the size of the table.
(module
    (table 1 funcref)
    (func (export "call") (drop (table.size 0))))
