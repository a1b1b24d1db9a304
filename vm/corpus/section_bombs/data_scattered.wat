;; incident: One byte of data in each of forty pages: instantiation touches them all.
(module
    (memory (export "memory") 64)
    {{40|(data (i32.const 0x%0000) "x")
    }}(func (export "call")))
