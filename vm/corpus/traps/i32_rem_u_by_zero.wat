;; incident: A division by a zero that is not known before.
(module
    (func (export "call") (local i32)
        (drop (i32.rem_u (i32.const 7) (local.get 0)))))
