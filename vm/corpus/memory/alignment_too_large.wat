;; incident: An alignment that is larger than the access.
(module
    (memory (export "memory") 1)
    (func (export "call") (drop (i32.load align=8 (i32.const 0)))))
