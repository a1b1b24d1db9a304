;; incident: A growth by so many pages that their price does not fit 32 bits: times 65 536 is 0.
(module
    (memory (export "memory") 1)
    (func (export "call") (drop (memory.grow (i32.const 65536))) (drop (memory.grow (i32.const 0x10000000)))))
