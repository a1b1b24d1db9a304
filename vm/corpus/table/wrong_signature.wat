;; incident: A call with another signature than the function's: type confusion in any engine that forgets to
;;   look.
(module
    (type $t (func))
    (table 1 funcref)
    (elem (i32.const 0) $f)
    (func $f (param i64) (result i64) (local.get 0))
    (func (export "call") (call_indirect (type $t) (i32.const 0))))
