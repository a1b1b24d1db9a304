;; incident: An exception as a value.
(module
    (func (export "call") (throw_ref (ref.null exn))))
