;; incident: As many entries in the table as allowed, all of them filled.
(module
    (table 1024 funcref)
    (elem (i32.const 0) func {{1024|0 }})
    (func (export "call")))
