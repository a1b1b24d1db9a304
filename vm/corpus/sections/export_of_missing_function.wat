;; incident: An export of a function that is not there.
(module
    (export "f" (func 99))
    (func (export "call")))
