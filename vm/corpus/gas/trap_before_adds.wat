;; incident: A trap before a hundred additions.
(module
    (func (export "call") (local i32) (drop (i32.div_u (i32.const 1) (local.get 0))) {{100|(local.set 0 (i32.add (local.get 0) (i32.const 1))) }}))
