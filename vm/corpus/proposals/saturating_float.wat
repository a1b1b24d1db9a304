;; incident: A conversion that saturates in place of a trap.
(module
    (func (export "call") (drop (i32.trunc_sat_f32_s (f32.const 1e30)))))
