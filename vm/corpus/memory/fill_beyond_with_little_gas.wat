;; incident: A fill of four gigabytes: what it would cost is due before anyone looks where it goes.
;; gas: 200_000
(module
    (memory (export "memory") 1)
    (func (export "call")
        (memory.fill (i32.const 0) (i32.const 1) (i32.const -1))))
