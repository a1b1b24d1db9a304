;; incident: Calls of a function that does nothing.
(module
    (func $f)
    (func (export "call") (loop $again {{100|(call $f) }}(br $again))))
