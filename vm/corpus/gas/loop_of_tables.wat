;; incident: `br_table` to a target that nobody can foresee.
(module
    (func (export "call") (local i32)
        (loop $again
            {{63|(block }}(local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 1664525)) (i32.const 1013904223)))
            (br_table {{62|% }}62 (i32.shr_u (local.get 0) (i32.const 26))){{63|) }}
            (br $again))))
