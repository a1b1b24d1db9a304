;; incident: One function is all the entries.
(module
    (func $f (export "init") (export "call") (export "query") (export "upgrade")))
