;; incident: No data, placed just at the end, which is inside.
(module
    (memory (export "memory") 1)
    (data (i32.const 65536) "")
    (func (export "call")))
