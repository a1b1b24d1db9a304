;; incident: A type that others may extend.
(module
    (type $a (sub (func)))
    (type $b (sub $a (func)))
    (func (export "call")))
