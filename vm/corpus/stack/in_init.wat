;; incident: Recursion without end while the contract is being created.
(module
    (func $down (call $down))
    (func (export "init") (call $down))
    (func (export "call")))
