;; incident: A loop that never ends.
(module
    (func (export "call") (loop $again (br $again))))
