;; incident: As many data segments as allowed, over one another.
(module
    (memory (export "memory") 1)
    {{256|(data (i32.const 0) "abcdefgh")
    }}(func (export "call")))
