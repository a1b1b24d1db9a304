;; incident: The least number divided by minus one has no answer: processors trap with another signal than for
;;   zero.
(module
    (func (export "call") (local i32)
        (local.set 0 (i32.const -2147483648))
        (drop (i32.div_s (local.get 0) (i32.const -1)))))
