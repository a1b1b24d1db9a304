;; incident: A maximum below the start.
(module
    (memory (export "memory") 2 1)
    (func (export "call")))
