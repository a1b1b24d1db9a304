;; incident: A host function in the table, called through it.
(module
    (import "argosy" "gas_left" (func $gas_left (result i64)))
    (type $t (func (result i64)))
    (table 1 funcref)
    (elem (i32.const 0) $gas_left)
    (func (export "call") (drop (call_indirect (type $t) (i32.const 0)))))
