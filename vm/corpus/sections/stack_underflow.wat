;; incident: An addition of nothing.
(module
    (func (export "call") i32.add drop))
