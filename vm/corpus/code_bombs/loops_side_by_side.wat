;; incident: Thousands of loops one after the other, none of which goes round.
(module
    (func (export "call") (local i32) {{2000|loop local.get 0 br_if 0 end }}))
