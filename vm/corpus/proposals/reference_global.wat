;; incident: A global that is a reference.
(module
    (global funcref (ref.null func))
    (func (export "call")))
