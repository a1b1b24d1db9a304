;; incident: Nothing but stores with long offsets, which each need a bounds check.
(module
    (memory (export "memory") 1)
    (func (export "call") {{5000|i32.const 0 i32.const 1 i32.store offset=60000 
    }}))
