;; incident: An index of minus one is the largest of all.
(module
    (type $t (func))
    (table 2 funcref)
    (elem (i32.const 0) $f $f)
    (func $f)
    (func (export "call") (call_indirect (type $t) (i32.const -1))))
