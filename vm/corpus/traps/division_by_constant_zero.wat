;; incident: A division by zero that a compiler sees: it must stay a trap, and be paid as before.
(module
    (func (export "call")
        (drop (i32.div_u (i32.const 1) (i32.const 0)))))
