;; incident: Thirty thousand empty data segments: each is a step of every instantiation.
(module
    (memory (export "memory") 1)
    {{30000|(data (i32.const 0))
    }}(func (export "call")))
