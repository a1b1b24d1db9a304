;; incident: Each function is within its limit; all together are not.
(module
    {{41|(func (local {{500|i64 }}))
    }}(func (export "call")))
