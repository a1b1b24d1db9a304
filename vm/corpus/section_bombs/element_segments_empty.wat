;; incident: Forty thousand segments without one entry: nothing counts them but the bytes of the file.
(module
    (table 1 funcref)
    {{40000|(elem (i32.const 0) func)
    }}(func (export "call")))
