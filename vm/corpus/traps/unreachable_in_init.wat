;; incident: A trap while the contract is being created.
(module
    (func (export "init") (unreachable))
    (func (export "call")))
