;; incident: NaN bits differ between processors: an addition of `f64`.
(module
    (func (export "call") (drop (f64.add (f64.const 1) (f64.const 2)))))
