;; incident: A contract that nobody can call.
(module
    (func (export "query")))
