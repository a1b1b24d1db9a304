;; incident: An integer from a float.
(module
    (func (export "call") (drop (i32.trunc_f64_s (f64.const 1e300)))))
