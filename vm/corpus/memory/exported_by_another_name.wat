;; incident: The memory is exported, but not by the name that the chain looks for.
(module
    (memory (export "mem") 1)
    (func (export "call")))
