;; incident: No data, but placed beyond the end.
(module
    (memory (export "memory") 1)
    (data (i32.const 65537) "")
    (func (export "call")))
