;; incident: The last four bytes, then one further.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (i32.store (i32.const 65532) (i32.const -1))
        (i32.store (i32.const 65533) (i32.const -1))))
