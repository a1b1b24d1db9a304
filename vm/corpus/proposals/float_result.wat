;; incident: A function that would return `f64`, and never does.
(module
    (func (result f64) unreachable)
    (func (export "call")))
