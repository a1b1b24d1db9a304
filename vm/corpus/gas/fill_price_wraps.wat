;; incident: A fill whose length, rounded up to its unit of price, does not fit 32 bits.
(module
    (memory (export "memory") 1)
    (func (export "call") (memory.fill (i32.const 0) (i32.const 0) (i32.const -63))))
