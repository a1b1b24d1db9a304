;; incident: Active data, placed a second time.
(module
    (memory (export "memory") 1)
    (data $d (i32.const 0) "abc")
    (func (export "call") (memory.init $d (i32.const 0) (i32.const 0) (i32.const 0))))
