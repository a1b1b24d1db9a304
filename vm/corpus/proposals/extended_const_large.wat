;; incident: A constant of thirty thousand additions, which no gas pays for.
(module
    (global i64 i64.const 0 {{15000|i64.const 1 i64.add }})
    (func (export "call")))
