;; incident: One target more than allowed.
(module
    (func (export "call") (block (br_table {{513|0 }}0 (i32.const 510)))))
