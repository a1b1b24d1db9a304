;; incident: A name of two underscores and nothing else.
(module
    (func (export "__"))
    (func (export "call")))
