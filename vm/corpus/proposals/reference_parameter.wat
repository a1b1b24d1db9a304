;; incident: A function that takes a reference from outside.
(module
    (func (param externref))
    (func (export "call")))
