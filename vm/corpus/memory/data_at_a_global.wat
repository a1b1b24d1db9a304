;; incident: Data placed by the value of a global.
(module
    (memory (export "memory") 1)
    (global $g i32 (i32.const 0))
    (data (global.get $g) "a")
    (func (export "call")))
