;; incident: A copy of four gigabytes with gas for none of it.
;; gas: 200_000
(module
    (memory (export "memory") 1)
    (func (export "call")
        (memory.copy (i32.const 0) (i32.const 1) (i32.const -1))))
