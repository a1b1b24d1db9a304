;; incident: An export with a name of 129 bytes.
(module
    (func (export "{{129|a}}"))
    (func (export "call")))
