;; incident: A name that begins with two underscores is the chain's.
(module
    (func (export "__x"))
    (func (export "call")))
