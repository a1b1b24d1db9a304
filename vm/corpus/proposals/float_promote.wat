;; incident: NaN bits differ between processors: from 32 bits to 64.
(module
    (func (export "call") (drop (f64.promote_f32 (f32.const nan)))))
