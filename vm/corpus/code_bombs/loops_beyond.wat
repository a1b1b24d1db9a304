;; incident: One loop deeper than allowed.
(module
    (func (export "call") {{65|loop }}{{65|end }}))
