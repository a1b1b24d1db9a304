;; incident: Three hundred kilobytes in a custom section: uploaded and paid for, and left out of what runs.
(module
    (@custom "junk" "{{18750|0123456789abcdef}}")
    (func (export "call")))
