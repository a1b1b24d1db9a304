;; incident: A body as long as allowed without one branch: live ranges as long as the body.
(module
    (func (export "call") (local i64) {{9300|local.get 0 i64.const 1 i64.add local.set 0
    }}))
