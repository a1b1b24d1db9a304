;; incident: Two exports of one name.
(module
    (func $f)
    (export "f" (func $f))
    (export "f" (func $f))
    (func (export "call")))
