;; incident: The source ends a byte behind the end, the target does not.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (memory.copy (i32.const 0) (i32.const 65535) (i32.const 2))))
