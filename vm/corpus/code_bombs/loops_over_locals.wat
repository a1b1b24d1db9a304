;; incident: Nested loops that all change all of 500 locals: as many joins of values as loops times locals.
(module
    (func (export "call") (local {{500|i64 }}) (local $stop i32) {{64|loop }}{{500|local.get % i64.const 1 i64.add local.set % }}{{64|local.get $stop br_if 0 end }}))
