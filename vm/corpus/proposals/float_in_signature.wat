;; incident: A type with a parameter of `f32`, used by nobody.
(module
    (type (func (param f32)))
    (func (export "call")))
