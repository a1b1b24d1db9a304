;; incident: A body of more bytes than allowed.
(module
    (func (export "call") (local i64) {{9400|local.get 0 i64.const 1 i64.add local.set 0
    }}))
