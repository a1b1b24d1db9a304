;; incident: NaN bits differ between processors: the lesser of a number and no number.
(module
    (func (export "call") (drop (f64.min (f64.const nan:0x123) (f64.const 1)))))
