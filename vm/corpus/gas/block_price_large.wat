;; incident: A block so long that its price is a large number in one charge; gas for half of it.
;; gas: 100_000
(module
    (func (export "call") (local i64) (local.set 0 (i64.const 9))
        {{7000|local.get 0 i64.const 3 i64.div_u local.set 0
        }}))
