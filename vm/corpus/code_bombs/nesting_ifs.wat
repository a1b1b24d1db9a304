;; incident: Ifs in ifs as deep as allowed, each with an else that writes another local.
(module
    (func (export "call") (local i32 i64) {{256|local.get 0 if }}{{256|else i64.const % local.set 1 end }}))
