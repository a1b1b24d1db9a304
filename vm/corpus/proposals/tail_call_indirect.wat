;; incident: A call through the table that replaces its frame.
(module
    (type $t (func))
    (table 1 funcref)
    (func (export "call") (return_call_indirect (type $t) (i32.const 0))))
