;; incident: A table whose entries have a first value.
(module
    (func $f)
    (table 1 (ref func) (ref.func $f))
    (func (export "call")))
