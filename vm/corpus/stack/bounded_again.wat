;; incident: A thousand calls deep, a thousand times: what a frame takes from the stack it must give back by
;;   every way out.
(module
    (func $down (param i32) (result i32)
        (block $out
            (br_if $out (i32.eqz (local.get 0)))
            (if (i32.and (local.get 0) (i32.const 1)) (then
                (return (call $down (i32.sub (local.get 0) (i32.const 1))))))
            (drop (call $down (i32.sub (local.get 0) (i32.const 1)))))
        (i32.const 0))
    (func (export "call") (local i32)
        (loop $again
            (drop (call $down (i32.const 500)))
            (br_if $again (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 500))))))
