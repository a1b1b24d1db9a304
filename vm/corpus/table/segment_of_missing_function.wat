;; incident: A segment names a function that is not there.
(module
    (table 1 funcref)
    (elem (i32.const 0) 99)
    (func (export "call")))
