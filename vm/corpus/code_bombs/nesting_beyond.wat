;; incident: One block deeper than allowed.
(module
    (func (export "call") {{257|block }}{{257|end }}))
