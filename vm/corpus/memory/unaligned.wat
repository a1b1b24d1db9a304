;; incident: Accesses at odd addresses with the greatest alignment promised.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (i64.store align=8 (i32.const 3) (i64.const 0x0102030405060708))
        (if (i64.ne (i64.load align=8 (i32.const 3)) (i64.const 0x0102030405060708)) (then (unreachable)))))
