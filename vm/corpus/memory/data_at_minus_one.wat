;; incident: Data at the largest of addresses.
(module
    (memory (export "memory") 1)
    (data (i32.const -1) "a")
    (func (export "call")))
