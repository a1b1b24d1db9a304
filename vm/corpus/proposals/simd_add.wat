;; incident: An addition of vectors of integers.
(module
    (func (export "call") (drop (i32x4.add (v128.const i64x2 0 0) (v128.const i64x2 0 0)))))
