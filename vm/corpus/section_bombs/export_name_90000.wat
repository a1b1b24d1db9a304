;; incident: A name of ninety kilobytes, which would end in logs and error messages.
(module
    (func (export "{{90000|a}}"))
    (func (export "call")))
