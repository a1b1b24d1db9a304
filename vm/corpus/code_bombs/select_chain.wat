;; incident: Thousands of selects in one block.
(module
    (func (export "call") (local i64 i32) (local.get 0) {{8000|local.get 0 local.get 1 select
    }}drop))
