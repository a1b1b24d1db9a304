;; incident: The table is exported: nobody outside may get at it.
(module
    (table (export "table") 1 funcref)
    (elem (i32.const 0) $f)
    (func $f)
    (func (export "call")))
