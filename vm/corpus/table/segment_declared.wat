;; incident: A segment that is never placed, only declared.
(module
    (elem declare func $f)
    (func $f)
    (func (export "call")))
