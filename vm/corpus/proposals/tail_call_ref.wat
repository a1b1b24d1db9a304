;; incident: A call through a reference that replaces its frame.
(module
    (type $t (func))
    (elem declare func $f)
    (func $f)
    (func (export "call") (return_call_ref $t (ref.func $f))))
