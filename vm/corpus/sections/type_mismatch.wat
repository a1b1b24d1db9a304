;; incident: A number of 64 bits where one of 32 is due.
(module
    (func (export "call") (drop (i32.add (i64.const 1) (i32.const 1)))))
