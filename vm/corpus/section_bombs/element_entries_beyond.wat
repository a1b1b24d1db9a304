;; incident: More entries in segments than allowed; they overlap, so the table is small.
(module
    (table 1 funcref)
    {{1025|(elem (i32.const 0) func 0)
    }}(func (export "call")))
