;; incident: Two thousand conditional branches with a value to one block: a join of two thousand edges.
(module
    (func (export "call") (local i32) (block (result i64) (i64.const 1) {{2000|local.get 0 br_if 0
    }}) drop))
