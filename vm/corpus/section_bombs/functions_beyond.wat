;; incident: One function more than allowed.
(module
    {{4096|(func)
    }}(func (export "call")))
