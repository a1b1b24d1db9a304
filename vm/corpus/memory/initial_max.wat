;; incident: As much initial memory as allowed: every call pays for it.
(module
    (memory (export "memory") 64)
    (func (export "call")))
