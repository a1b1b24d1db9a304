;; incident: Sign extension, which is allowed.
(module
    (func (export "call") (drop (i64.extend8_s (i64.const 255))) (drop (i32.extend16_s (i32.const 65535)))))
