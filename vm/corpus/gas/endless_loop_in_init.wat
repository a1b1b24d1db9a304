;; incident: A loop that never ends while the contract is created.
(module
    (func (export "init") (loop $again (br $again)))
    (func (export "call")))
