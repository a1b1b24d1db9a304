;; incident: A division by a zero that is not known before.
(module
    (func (export "call") (local i64)
        (drop (i64.rem_u (i64.const 7) (local.get 0)))))
