;; incident: A loop with a parameter, which its branch must bring along.
(module
    (func (export "call") (i32.const 1) (loop (param i32) (drop))))
