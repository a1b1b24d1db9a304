;; incident: A segment that ends behind the table: instantiation would fail half way.
(module
    (table 1 funcref)
    (elem (i32.const 0) $f $f)
    (func $f)
    (func (export "call")))
