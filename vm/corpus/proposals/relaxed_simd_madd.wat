;; incident: A fused multiplication and addition, which rounds once or twice as the processor likes.
(module
    (func (export "call") (drop (f32x4.relaxed_madd (v128.const i64x2 0 0) (v128.const i64x2 0 0) (v128.const i64x2 0 0)))))
