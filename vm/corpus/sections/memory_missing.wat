;; incident: A load, and no memory.
(module
    (func (export "call") (drop (i32.load (i32.const 0)))))
