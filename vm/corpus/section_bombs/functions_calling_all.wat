;; incident: Four thousand functions, each a call to the next: inlining one into the other would never end.
(module
    {{4094|(func (call 4094))
    }}(func)
    (func (export "call")))
