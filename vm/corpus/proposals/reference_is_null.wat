;; incident: A question about a reference.
(module
    (func (export "call") (drop (ref.is_null (ref.null extern)))))
