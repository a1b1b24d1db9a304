;; incident: The plainest of traps.
(module
    (func (export "call") (unreachable)))
