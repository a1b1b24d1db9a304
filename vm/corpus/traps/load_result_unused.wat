;; incident: A load out of bounds whose result nobody wants.
(module
    (memory (export "memory") 1)
    (func (export "call")
        (drop (i32.load (i32.const 65536)))))
