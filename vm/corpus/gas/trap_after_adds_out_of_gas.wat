;; incident: The same with gas for the additions and none for what follows: is it the trap or the lack of gas
;;   that counts?
;; gas: 1_000_000
(module
    (func (export "call") (local i32)
        (loop $again {{100|(local.set 0 (i32.add (local.get 0) (i32.const 1))) }}(br_if $again (i32.lt_u (local.get 0) (i32.const 10000000))))
        (unreachable)))
