;; incident: The later of two segments over the same entries counts.
(module
    (type $t (func (result i32)))
    (table 2 funcref)
    (elem (i32.const 0) $one $one)
    (elem (i32.const 1) $two)
    (func $one (result i32) (i32.const 1))
    (func $two (result i32) (i32.const 2))
    (func (export "call") (if (i32.ne (call_indirect (type $t) (i32.const 1)) (i32.const 2)) (then (unreachable)))))
