;; incident: The nested loops on which Cranelift took seconds after instrumentation, from 4 KB of code.
(module
    (func (export "call") {{1000|loop }}{{1000|end }}))
