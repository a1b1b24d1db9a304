;; incident: A load from a second memory.
(module
    (memory (export "memory") 1)
    (memory $two 1)
    (func (export "call") (drop (i32.load $two (i32.const 0)))))
