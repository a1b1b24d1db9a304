;; incident: A memory of no pages: every address is beyond it.
(module
    (memory (export "memory") 0)
    (func (export "call")
        (drop (i32.load8_u (i32.const 0)))))
