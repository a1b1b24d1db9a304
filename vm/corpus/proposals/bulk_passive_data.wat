;; incident: Data that nobody places.
(module
    (memory (export "memory") 1)
    (data "abc")
    (func (export "call")))
