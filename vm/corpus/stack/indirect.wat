;; incident: Recursion through a table, which no static look at the calls finds.
(module
    (type $t (func))
    (table 1 funcref)
    (elem (i32.const 0) $down)
    (func $down (call_indirect (type $t) (i32.const 0)))
    (func (export "call") (call $down)))
