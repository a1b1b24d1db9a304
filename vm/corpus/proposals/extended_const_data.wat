;; incident: Arithmetic where the place of data is due: bounds that no glance finds.
(module
    (memory (export "memory") 1)
    (data (offset (i32.mul (i32.const 65536) (i32.const 65536))) "a")
    (func (export "call")))
