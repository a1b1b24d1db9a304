;; incident: An offset as wide as the guard region that compilers reserve behind a memory (2 GiB).
(module
    (memory (export "memory") 1)
    (func (export "call")
        (drop (i32.load offset=0x80000000 (i32.const 0x7fffffff)))))
