;; incident: One export more than allowed.
(module
    (func $f)
    {{64|(export "f%" (func $f))
    }}(func (export "call")))
