;; incident: A call of a function that is not there.
(module
    (func (export "call") (call 99)))
