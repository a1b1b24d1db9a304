;; incident: Thirty thousand custom sections of a few bytes.
(module
    {{30000|(@custom "a" "")
    }}(func (export "call")))
