;; incident: Calls through the table, to another function each time: no processor predicts them.
(module
    (type $t (func (param i32) (result i32)))
    (table 64 funcref)
    (elem (i32.const 0) func {{64|% }})
    {{64|(func (type $t) (i32.mul (local.get 0) (i32.const 16777%9)))
    }}(func (export "call") (local i32)
        (loop $again
            (local.set 0 (i32.add (i32.const 1) (call_indirect (type $t) (local.get 0) (i32.and (local.get 0) (i32.const 63)))))
            (br $again))))
