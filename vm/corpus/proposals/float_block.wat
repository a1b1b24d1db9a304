;; incident: A block of type `f64`.
(module
    (func (export "call") (block (result f64) (unreachable)) (drop)))
