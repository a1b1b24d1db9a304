;; incident: The name of an entry, given to a global.
(module
    (global (export "call") i32 (i32.const 0)))
