;; incident: The entry calls itself.
(module
    (func $call (export "call") (call $call)))
