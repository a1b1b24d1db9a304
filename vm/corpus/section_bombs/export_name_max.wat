;; incident: An export with a name as long as allowed.
(module
    (func (export "{{128|a}}"))
    (func (export "call")))
