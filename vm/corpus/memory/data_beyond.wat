;; incident: Data beyond the initial memory: instantiation would fail, after part of it was written.
(module
    (memory (export "memory") 1)
    (data (i32.const 65535) "ab")
    (func (export "call")))
