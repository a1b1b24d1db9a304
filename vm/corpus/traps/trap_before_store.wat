;; incident: A store and a division by zero in one block: the order of traps and effects is that of the code.
(module
    (memory (export "memory") 1)
    (func (export "call") (local i32)
        (i32.store (i32.const 65536) (i32.div_u (i32.const 1) (local.get 0)))))
