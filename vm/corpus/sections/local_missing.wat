;; incident: A local that is not there.
(module
    (func (export "call") (drop (local.get 9))))
