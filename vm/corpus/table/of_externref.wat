;; incident: A table of references to the host's own things.
(module
    (table 1 externref)
    (func (export "call")))
