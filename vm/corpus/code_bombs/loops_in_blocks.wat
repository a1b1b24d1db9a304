;; incident: Loops and blocks take turns: the limits of both are used at once.
(module
    (func (export "call") (local i32) {{64|block loop block }}{{64|local.get 0 br_if 2 end end end }}))
