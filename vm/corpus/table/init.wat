;; incident: An instruction that places a segment.
(module
    (table 1 funcref)
    (elem $e func $f)
    (func $f)
    (func (export "call") (table.init $e (i32.const 0) (i32.const 0) (i32.const 1))))
