;; incident: Each target of each table takes a value along, which compilers copy per edge.
(module
    (func (export "call") (local i32) {{200|block (result i64) }}i64.const 1 local.get 0 br_table {{199|% }}199 {{200|end i64.const 1 i64.add }}drop))
