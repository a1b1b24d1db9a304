;; incident: Five long bodies: what one may not hold, many do.
(module
    {{5|(func (param i64) (result i64) (local.get 0) {{9000|local.get 0 i64.mul i64.const 3 i64.xor
    }})
    }}(func (export "call")))
