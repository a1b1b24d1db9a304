;; incident: Nested loops as deep as allowed: with a charge in each header, Cranelift took time by the cube of
;;   the depth (thousand loops: seconds; 35 KB of them: never).
(module
    (func (export "call") {{64|loop }}{{64|end }}))
