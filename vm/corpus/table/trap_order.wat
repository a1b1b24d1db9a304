;; incident: The arguments trap before the index is looked at.
(module
    (type $t (func (param i32)))
    (table 1 funcref)
    (func (export "call") (call_indirect (type $t) (i32.div_u (i32.const 1) (i32.const 0)) (i32.const 9))))
