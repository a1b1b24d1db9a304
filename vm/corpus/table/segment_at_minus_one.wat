;; incident: A segment at the largest of indices.
(module
    (table 1 funcref)
    (elem (i32.const -1) $f)
    (func $f)
    (func (export "call")))
