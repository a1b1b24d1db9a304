;; incident: A reference to a function, as a value.
(module
    (elem declare func $f)
    (func $f (export "call") (drop (ref.func $f))))
