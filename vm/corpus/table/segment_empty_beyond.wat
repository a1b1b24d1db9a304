;; incident: A segment without entries behind the end.
(module
    (table 1 funcref)
    (elem (i32.const 2) func)
    (func (export "call")))
