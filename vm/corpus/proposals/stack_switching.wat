;; incident: A continuation: frames that outlive their caller.
(module
    (type $f (func))
    (type $c (cont $f))
    (elem declare func $g)
    (func $g)
    (func (export "call") (resume $c (cont.new $c (ref.func $g)))))
