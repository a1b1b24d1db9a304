;; incident: Divisions that each wait for the one before, in one block: dear to run, dear to compile.
(module
    (func (export "call") (local i64) (i64.const -1) {{8000|i64.const 3 i64.div_u
    }}drop))
