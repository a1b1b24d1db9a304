;; incident: The start function is a host call, with no frame around it.
(module
    (import "argosy" "gas_left" (func $gas_left (result i64)))
    (start $gas_left)
    (func (export "call")))
