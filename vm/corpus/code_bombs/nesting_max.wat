;; incident: Blocks in blocks, as deep as allowed, and a branch out of all of them.
(module
    (func (export "call") {{256|block }}br 255 {{256|end }}))
