;; incident: A host function in the table, called as if it took arguments.
(module
    (import "argosy" "gas_left" (func $gas_left (result i64)))
    (type $t (func))
    (table 1 funcref)
    (elem (i32.const 0) $gas_left)
    (func (export "call") (call_indirect (type $t) (i32.const 0))))
