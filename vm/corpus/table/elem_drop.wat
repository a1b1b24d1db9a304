;; incident: An instruction that forgets a segment.
(module
    (table 1 funcref)
    (elem (i32.const 0) $f)
    (func $f)
    (func (export "call") (elem.drop 0)))
