;; incident: Two types with one signature are one type: the call must succeed.
(module
    (type $a (func (param i32)))
    (type $b (func (param i32)))
    (table 1 funcref)
    (elem (i32.const 0) $f)
    (func $f (type $a))
    (func (export "call") (call_indirect (type $b) (i32.const 1) (i32.const 0))))
