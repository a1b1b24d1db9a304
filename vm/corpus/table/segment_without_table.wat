;; incident: A segment, and no table.
(module
    (elem (i32.const 0) $f)
    (func $f)
    (func (export "call")))
