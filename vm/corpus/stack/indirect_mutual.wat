;; incident: Two functions take turns through a table, each by the other's index.
(module
    (type $t (func (param i32) (result i32)))
    (table 2 funcref)
    (elem (i32.const 0) $even $odd)
    (func $even (type $t) (call_indirect (type $t) (local.get 0) (i32.const 1)))
    (func $odd (type $t) (i32.add (i32.const 1) (call_indirect (type $t) (local.get 0) (i32.const 0))))
    (func (export "call") (drop (call $even (i32.const 0)))))
