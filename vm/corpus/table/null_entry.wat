;; incident: A call through an entry that nobody filled.
(module
    (type $t (func))
    (table 2 funcref)
    (elem (i32.const 0) $f)
    (func $f)
    (func (export "call") (call_indirect (type $t) (i32.const 1))))
