;; incident: Nested loops, each with a branch back to each of the others around it.
(module
    (func (export "call") (local i32) {{64|loop }}{{64|local.get 0 br_if % }}{{64|local.get 0 br_if 0 end }}))
