;; incident: A loop behind a loop that never ends.
(module
    (func (export "call") (loop $a (br $a)) (loop $b (br $b))))
