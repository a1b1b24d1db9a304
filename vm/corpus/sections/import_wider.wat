;; incident: An import with a parameter too many: the host would read it from who knows where.
(module
    (import "argosy" "gas_left" (func (param i32) (result i64)))
    (func (export "call")))
