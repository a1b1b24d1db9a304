;; incident: A call through a reference.
(module
    (type $t (func))
    (elem declare func $f)
    (func $f)
    (func (export "call") (call_ref $t (ref.func $f))))
