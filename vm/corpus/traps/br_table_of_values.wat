;; incident: A table whose targets take a value with them: wrong in a beta of wasmi 2.
(module
    (func $pick (param i32) (result i32)
        (block $a (result i32)
            (block $b (result i32)
                (br_table $a $b $a (i32.const 5) (local.get 0)))
            (i32.add (i32.const 100))))
    (func (export "call")
        (if (i32.ne (call $pick (i32.const 0)) (i32.const 5)) (then (unreachable)))
        (if (i32.ne (call $pick (i32.const 1)) (i32.const 105)) (then (unreachable)))
        (if (i32.ne (call $pick (i32.const 9)) (i32.const 5)) (then (unreachable)))))
