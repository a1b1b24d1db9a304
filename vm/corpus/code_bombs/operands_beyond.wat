;; incident: One operand more than allowed.
(module
    (func (export "call") (local i64) {{1025|local.get 0 }}{{1024|i64.add }}drop))
