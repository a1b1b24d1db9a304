;; incident: A wait for another thread, for ever: no gas is used while a node hangs.
(module
    (memory (export "memory") 1)
    (func (export "call") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))
