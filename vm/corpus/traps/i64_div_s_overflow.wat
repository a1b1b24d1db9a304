;; incident: The least number divided by minus one has no answer: processors trap with another signal than for
;;   zero.
(module
    (func (export "call") (local i64)
        (local.set 0 (i64.const -9223372036854775808))
        (drop (i64.div_s (local.get 0) (i64.const -1)))))
