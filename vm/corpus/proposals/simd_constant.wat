;; incident: A vector.
(module
    (func (export "call") (drop (v128.const i64x2 0 0))))
