;; incident: A copy from one memory to the other.
(module
    (memory (export "memory") 1)
    (memory $two 1)
    (func (export "call") (memory.copy 0 $two (i32.const 0) (i32.const 0) (i32.const 1))))
