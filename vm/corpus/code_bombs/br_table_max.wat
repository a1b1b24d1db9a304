;; incident: A table of as many targets as allowed, all the same.
(module
    (func (export "call") (block (br_table {{511|0 }}0 (i32.const 510)))))
