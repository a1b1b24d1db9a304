;; incident: wasmi 2.0.0 folds a comparison with zero into the `select` behind it and then reads a stale
;;   register: here a thousand times, with a condition that changes.
(module
    (func (export "call") (local $i i32) (local $sum i32)
        (loop $again
            (local.set $sum (i32.add (local.get $sum)
                (select (i32.const 1) (i32.const 2) (i32.eqz (i32.and (local.get $i) (i32.const 1))))))
            (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
        (if (i32.ne (local.get $sum) (i32.const 1500)) (then (unreachable)))))
