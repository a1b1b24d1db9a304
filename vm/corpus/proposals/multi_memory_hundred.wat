;; incident: A hundred memories of the largest size each.
(module
    (memory (export "memory") 1)
    {{100|(memory 64)
    }}(func (export "call")))
