;; incident: A load through an address of 64 bits: bounds checks that cannot be left to the processor.
(module
    (memory (export "memory") i64 1)
    (func (export "call") (drop (i32.load offset=0xffffffffffff (i64.const -1)))))
