;; incident: Sixty thousand targets in one instruction, a byte each.
(module
    (func (export "call") (block (br_table {{60000|0 }}0 (i32.const 510)))))
