;; incident: Gas for the loading of the contract and for one step.
;; gas: 80_000
(module
    (func (export "call") (loop $again (br $again))))
