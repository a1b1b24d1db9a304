;; incident: Parameters agree, results do not.
(module
    (type $t (func (param i32) (result i64)))
    (table 1 funcref)
    (elem (i32.const 0) $f)
    (func $f (param i32) (result i32) (local.get 0))
    (func (export "call") (drop (call_indirect (type $t) (i32.const 1) (i32.const 0)))))
