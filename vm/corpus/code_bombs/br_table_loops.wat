;; incident: A table whose targets are all headers of nested loops: control flow that no compiler can order.
;; gas: 2_000_000
(module
    (func (export "call") (local i32) {{64|loop }}local.get 0 i32.const 1 i32.add local.tee 0 br_table {{63|% }}63 {{64|end }}))
