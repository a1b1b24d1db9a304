;; incident: An exception.
(module
    (tag $e)
    (func (export "call") (throw $e)))
