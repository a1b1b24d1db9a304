;; incident: As many functions as allowed: each has a price of its own in metadata of both engines.
(module
    {{4095|(func)
    }}(func (export "call")))
