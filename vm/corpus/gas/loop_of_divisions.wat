;; incident: A loop of the dearest arithmetic.
(module
    (func (export "call") (local i64)
        (local.set 0 (i64.const -1))
        (loop $again {{100|(local.set 0 (i64.div_u (i64.const -1) (i64.or (local.get 0) (i64.const 1)))) }}(br $again))))
