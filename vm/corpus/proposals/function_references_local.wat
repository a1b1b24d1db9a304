;; incident: A local that holds a reference which is never null.
(module
    (type $t (func))
    (func (export "call") (local (ref $t))))
