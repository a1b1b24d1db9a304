;; incident: NaN bits differ between processors: their bits as an integer.
(module
    (func (export "call") (drop (i64.reinterpret_f64 (f64.const nan)))))
