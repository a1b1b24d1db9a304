;; incident: Ifs that each change all locals, in both arms.
(module
    (func (export "call") (local {{60|i64 }}) (local $go i32)
        {{50|local.get $go if {{60|i64.const 1 local.set % }}else {{60|i64.const 2 local.set % }}end
        }}))
