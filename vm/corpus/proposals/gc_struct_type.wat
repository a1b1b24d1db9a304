;; incident: The type of a structure, used by nobody.
(module
    (type (struct (field (mut i64))))
    (func (export "call")))
