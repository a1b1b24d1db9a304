;; incident: A wake-up of other threads.
(module
    (memory (export "memory") 1)
    (func (export "call") (drop (memory.atomic.notify (i32.const 0) (i32.const 1)))))
