;; incident: wasmi 2.0.0 panics when it translates this: address and value are one register, and the offset has more
;; than 16 bits. Found by our fuzzer in 2026; one such upload would have stopped every node.
(module
    (memory (export "memory") 2)
    (func (export "call") (local $at i32) (local $wide i64)
        (i32.store offset=65536 (local.tee $at (i32.add (local.get $at) (i32.const 1))) (local.get $at))
        (i64.store offset=65540 (local.tee $at (i32.add (local.get $at) (i32.const 1)))
            (i64.extend_i32_u (local.get $at)))
        (if (i32.ne (i32.load offset=65536 (i32.const 1)) (i32.const 1)) (then unreachable))))
