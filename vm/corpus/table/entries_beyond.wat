;; incident: A table of one entry more than allowed.
(module
    (table 1025 funcref)
    (func (export "call")))
