;; incident: Data, and no memory to hold it.
(module
    (data (i32.const 0) "a")
    (func (export "call")))
