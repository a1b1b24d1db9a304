;; incident: An entry that is a host call.
(module
    (import "argosy" "gas_left" (func (result i64)))
    (export "call" (func 0)))
