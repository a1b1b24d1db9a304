;; incident: As many values on the operand stack as allowed.
(module
    (func (export "call") (local i64) {{1024|local.get 0 }}{{1023|i64.add }}drop))
