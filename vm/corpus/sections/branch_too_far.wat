;; incident: A branch out of more blocks than there are.
(module
    (func (export "call") (br 5)))
