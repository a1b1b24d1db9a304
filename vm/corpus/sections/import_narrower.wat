;; incident: An import that gives back 32 bits of a number of 64.
(module
    (import "argosy" "gas_left" (func (result i32)))
    (func (export "call")))
