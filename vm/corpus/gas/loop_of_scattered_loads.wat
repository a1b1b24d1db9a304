;; incident: Loads a page apart over sixteen megabytes: the price of a load is that of a cache miss here.
;; gas: 40_000_000
(module
    (memory (export "memory") 1)
    (func (export "call") (local $at i32)
        (drop (memory.grow (i32.const 255)))
        (loop $again
            (local.set $at (i32.and (i32.add (i32.mul (local.get $at) (i32.const 1664525)) (i32.const 1013904223)) (i32.const 0xfffff8)))
            (i64.store (local.get $at) (i64.add (i64.load (local.get $at)) (i64.const 1)))
            (br $again))))
