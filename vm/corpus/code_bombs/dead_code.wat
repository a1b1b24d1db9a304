;; incident: A body of nothing but code behind `unreachable`, which is validated and never run.
(module
    (func (export "call") unreachable {{8000|i64.const 1 i64.add drop
    }}))
