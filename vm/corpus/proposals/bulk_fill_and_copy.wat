;; incident: The two of the bulk instructions that are allowed.
(module
    (memory (export "memory") 1)
    (func (export "call") (memory.fill (i32.const 0) (i32.const 1) (i32.const 100)) (memory.copy (i32.const 50) (i32.const 0) (i32.const 100))))
