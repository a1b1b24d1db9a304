;; incident: The start function does not exist.
(module
    (start 7)
    (func (export "call")))
