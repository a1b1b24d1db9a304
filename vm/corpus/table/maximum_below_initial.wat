;; incident: A table that is larger than its own maximum.
(module
    (table 2 1 funcref)
    (func (export "call")))
