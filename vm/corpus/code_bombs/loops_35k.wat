;; incident: The nested loops on which Cranelift did not end within minutes.
(module
    (func (export "call") {{17000|loop }}{{17000|end }}))
