;; incident: A small table whose declared maximum is the largest number there is.
(module
    (table 1 4294967295 funcref)
    (func (export "call")))
