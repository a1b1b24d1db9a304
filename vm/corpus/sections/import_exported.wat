;; incident: An import that is exported again under a name of the module's own.
(module
    (import "argosy" "gas_left" (func $gas_left (result i64)))
    (export "gas" (func $gas_left))
    (func (export "call")))
