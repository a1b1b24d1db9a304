;; incident: A group of types that are functions over numbers, only written as a group.
(module
    (rec (type (func)) (type (func)))
    (func (export "call")))
