;; incident: A start function runs before anything is paid.
(module
    (func $s)
    (start $s)
    (func (export "call")))
