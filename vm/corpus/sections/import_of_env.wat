;; incident: The right name in another module.
(module
    (import "env" "gas_left" (func (result i64)))
    (func (export "call")))
