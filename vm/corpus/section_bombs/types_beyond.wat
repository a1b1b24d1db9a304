;; incident: One type more than allowed.
(module
    {{257|(type (func (param i32)))
    }}(func (export "call")))
