;; incident: A global that threads share.
(module
    (global (shared mut i32) (i32.const 0))
    (func (export "call")))
