;; incident: One global more than allowed.
(module
    {{129|(global (mut i64) (i64.const 0))
    }}(func (export "call")))
