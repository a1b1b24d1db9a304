;; incident: A call through an index behind the end of the table.
(module
    (type $t (func))
    (table 2 funcref)
    (elem (i32.const 0) $f $f)
    (func $f)
    (func (export "call") (call_indirect (type $t) (i32.const 2))))
