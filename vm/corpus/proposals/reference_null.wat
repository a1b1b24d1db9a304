;; incident: A reference to nothing, as a value.
(module
    (func (export "call") (drop (ref.null func))))
