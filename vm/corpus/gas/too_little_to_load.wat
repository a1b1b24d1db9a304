;; incident: Less gas than the loading of the contract costs.
;; gas: 75_000
(module
    (func (export "call")))
