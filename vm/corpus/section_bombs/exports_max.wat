;; incident: As many exports as allowed.
(module
    (func $f)
    {{63|(export "f%" (func $f))
    }}(func (export "call")))
