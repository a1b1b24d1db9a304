;; incident: Four bytes for each function: a compiler spends a thousand times that on a prologue.
(module
    {{15000|(func)
    }}(func (export "call")))
