;; incident: Fifty thousand globals: each lives in every instance.
(module
    {{50000|(global i32 (i32.const 0))
    }}(func (export "call")))
