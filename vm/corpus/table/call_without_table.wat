;; incident: An indirect call, and no table.
(module
    (type $t (func))
    (func (export "call") (call_indirect (type $t) (i32.const 0))))
