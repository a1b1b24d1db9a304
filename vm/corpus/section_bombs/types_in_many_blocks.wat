;; incident: Every block names a type with parameters, which is multi-value by another door.
(module
    (type $t (func (param i32) (result i32)))
    (func (export "call") (i32.const 1) {{1000|(block (type $t)) }}(drop)))
