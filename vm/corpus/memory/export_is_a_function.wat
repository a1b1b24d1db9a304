;; incident: The name `memory` is given to a function.
(module
    (memory 1)
    (func (export "memory"))
    (func (export "call")))
