;; incident: A block that returns in its middle has paid for the rest only if the rest belongs to it.
(module
    (func (export "call") (local i32) (if (i32.eqz (local.get 0)) (then (return))) {{100|(local.set 0 (i32.add (local.get 0) (i32.const 1))) }}))
