;; incident: A declared maximum above the chain's.
(module
    (memory (export "memory") 1 257)
    (func (export "call")))
