;; incident: A product of 128 bits.
(module
    (func (export "call") (i64.mul_wide_u (i64.const -1) (i64.const -1)) (drop) (drop)))
