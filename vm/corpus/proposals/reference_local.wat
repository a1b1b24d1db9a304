;; incident: A local that is a reference.
(module
    (func (export "call") (local externref)))
