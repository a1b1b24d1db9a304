;; incident: The module's name with a zero behind it, which ends a string for some.
(module
    (import "argosy\00" "gas_left" (func (result i64)))
    (func (export "call")))
