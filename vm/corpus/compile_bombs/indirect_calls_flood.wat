;; incident: A signature check and a null check for each of eight thousand indirect calls.
(module
    (table 1 funcref)
    (elem (i32.const 0) $f)
    (type $t (func))
    (func $f)
    (func (export "call") {{8000|i32.const 0 call_indirect (type $t)
    }}))
