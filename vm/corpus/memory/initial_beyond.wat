;; incident: One page more than allowed at the start.
(module
    (memory (export "memory") 65)
    (func (export "call")))
