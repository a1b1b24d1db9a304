;; incident: A branch out of the middle of a loop, taken at once: what comes behind it is not paid.
(module
    (func (export "call") (local i32)
        (block $out (loop $again (br_if $out (i32.eqz (local.get 0))) {{100|(local.set 0 (i32.add (local.get 0) (i32.const 1))) }}(br $again)))))
