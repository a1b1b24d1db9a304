;; incident: A declared maximum equal to the chain's.
(module
    (memory (export "memory") 1 256)
    (func (export "call")))
