;; incident: A fill of four gigabytes that can be paid, and is out of bounds.
;; gas: 90_000_000
(module
    (memory (export "memory") 1)
    (func (export "call")
        (memory.fill (i32.const 0) (i32.const 1) (i32.const -1))))
