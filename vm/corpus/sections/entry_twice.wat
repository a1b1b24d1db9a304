;; incident: The entry is exported twice: which of the two is called?
(module
    (func $f)
    (func $g (unreachable))
    (export "call" (func $f))
    (export "call" (func $g)))
