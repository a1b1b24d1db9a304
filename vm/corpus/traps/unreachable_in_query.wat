;; incident: A trap where nobody goes.
(module
    (func (export "query") (unreachable))
    (func (export "call")))
