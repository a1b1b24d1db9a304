;; incident: A loop that goes round by `br_table`.
(module
    (func (export "call") (loop $again (br_table $again $again (i32.const 0)))))
