;; incident: A tag that nobody throws.
(module
    (tag (param i32))
    (func (export "call")))
