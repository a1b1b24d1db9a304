;; incident: An import whose result nobody wants.
(module
    (import "argosy" "gas_left" (func))
    (func (export "call")))
