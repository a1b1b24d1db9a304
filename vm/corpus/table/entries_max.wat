;; incident: A table as large as allowed, empty, and a call through its last entry.
(module
    (type $t (func))
    (table 1024 funcref)
    (func (export "call") (call_indirect (type $t) (i32.const 1023))))
