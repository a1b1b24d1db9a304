;; incident: Each `memory.fill` brings a charge of its own: nine bytes become fifty.
(module
    (memory (export "memory") 1)
    (func (export "call") (local i32) {{3000|local.get 0 local.get 0 local.get 0 memory.fill
    }}))
