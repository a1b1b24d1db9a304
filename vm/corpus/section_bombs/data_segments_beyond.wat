;; incident: One data segment more than allowed.
(module
    (memory (export "memory") 1)
    {{257|(data (i32.const 0) "a")
    }}(func (export "call")))
