;; incident: An element segment with a hundred thousand entries for a table of as many.
(module
    (table 100000 funcref)
    (elem (i32.const 0) func {{100000|0 }})
    (func (export "call")))
