;; incident: A global that is not there.
(module
    (func (export "call") (drop (global.get 9))))
