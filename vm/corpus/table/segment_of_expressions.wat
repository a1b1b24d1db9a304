;; incident: A segment of expressions, one of which is null.
(module
    (table 2 funcref)
    (elem (i32.const 0) funcref (ref.func $f) (ref.null func))
    (func $f)
    (func (export "call")))
