;; incident: Two hundred kilobytes of data that every instantiation copies.
(module
    (memory (export "memory") 4)
    (data (i32.const 0) "{{12500|0123456789abcdef}}")
    (func (export "call")))
