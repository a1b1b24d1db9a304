;; incident: A table of a billion entries: eight gigabytes at the first instantiation.
(module
    (table 1000000000 funcref)
    (func (export "call")))
