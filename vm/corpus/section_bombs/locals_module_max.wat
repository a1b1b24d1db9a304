;; incident: Wide frames throughout: the locals of all functions together are at their limit.
(module
    {{40|(func (local {{500|i64 }}))
    }}(func (export "call")))
