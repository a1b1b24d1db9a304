;; incident: One local more than allowed.
(module
    (func (export "call") (local {{513|i64 }})))
