;; incident: An entry with a parameter: whatever lies on the stack would be its argument.
(module
    (func (export "call") (param i32)))
