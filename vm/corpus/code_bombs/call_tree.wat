;; incident: Each of forty functions calls the one before it twice: a trillion calls, or a terabyte of code if
;;   a compiler inlines.
(module
    (func)
    {{40|(func (call %) (call %))
    }}(func (export "call") (call 40)))
