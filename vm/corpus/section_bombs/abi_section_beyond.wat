;; incident: A description of the interface that is larger than allowed.
(module
    (@custom "argosy.abi" "{{66000|a}}")
    (func (export "call")))
