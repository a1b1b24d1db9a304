;; incident: No bytes at all.
(module binary)
